(func $at_fault (unreachable))
(func (export "insula:scenario/plugin@0.1.0#build") (param i32 i32) (result i32)
  (local $users i32)
  (loop $again
    (call $add_user)
    (local.set $users (i32.add (local.get $users) (i32.const 1)))
    (br_if $again (i32.lt_u (local.get $users) (i32.const 50))))
  (call $at_fault)
  (call $ok))
