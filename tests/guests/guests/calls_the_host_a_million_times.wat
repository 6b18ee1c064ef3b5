(func (export "insula:scenario/plugin@0.1.0#build") (param i32 i32) (result i32)
  (local $calls i32)
  (loop $again
    (drop (call $now))
    (local.set $calls (i32.add (local.get $calls) (i32.const 1)))
    (br_if $again (i32.lt_u (local.get $calls) (i32.const 1000000))))
  (call $ok))
