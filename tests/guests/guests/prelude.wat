;; What all guests have: imports, a memory, an allocator that never frees, and an answer.
(import "insula:scenario/island@0.1.0" "create-user"
  (func $create_user (param i32 i32 i32 i32 i32 i32 i32)))
(import "insula:scenario/island@0.1.0" "name" (func $name (param i32 i32 i32 i32 i32)))
(import "insula:scenario/context@0.1.0" "now" (func $now (result i64)))
(import "insula:scenario/context@0.1.0" "log" (func $log (param i32 i32 i32)))

(memory (export "memory") 2)
(global $heap (mut i32) (i32.const 65536))

;; Above the heap's end there is no memory: a guest that is sent more than 64 KiB grows it itself.
(func (export "cabi_realloc") (param i32 i32 i32) (param $size i32) (result i32)
  (global.set $heap
    (i32.and (i32.add (i32.add (global.get $heap) (local.get $size)) (i32.const 7)) (i32.const -8)))
  (i32.sub (global.get $heap) (i32.and (i32.add (local.get $size) (i32.const 7)) (i32.const -8))))

;; ok("{}")
(data (i32.const 16) "\00\00\00\00" "\20\00\00\00" "\02\00\00\00")
(data (i32.const 32) "{}")
(func $ok (result i32) (i32.const 16))

;; A user without email and subject; the answer is left at 512.
(func $add_user
  (call $create_user
    (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 512)))

;; Called by nobody: none of them extends another.
(func (export "insula:scenario/plugin@0.1.0#base-params") (param i32 i32) (result i32) (unreachable))
