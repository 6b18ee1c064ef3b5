(data (i32.const 64) "again")
(func (export "insula:scenario/plugin@0.1.0#build") (param i32 i32) (result i32)
  (loop $again
    (call $log (i32.const 1) (i32.const 64) (i32.const 5))
    (br $again))
  (unreachable))
