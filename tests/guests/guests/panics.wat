;; As Rust does with the SDK: the message goes to the log, then there is a trap.
(data (i32.const 64) "panicked at src/lib.rs:7:5:\nno beds")
(func (export "insula:scenario/plugin@0.1.0#build") (param i32 i32) (result i32)
  (call $log (i32.const 2) (i32.const 64) (i32.const 35))
  (unreachable))
