(func $at_fault (result i32) (unreachable))
(func (export "insula:scenario/plugin@0.1.0#describe") (result i32) (call $at_fault))
(func (export "insula:scenario/plugin@0.1.0#build") (param i32 i32) (result i32)
  (call $ok))
