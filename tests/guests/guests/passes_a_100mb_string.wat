;; As the email of a user.
(func (export "insula:scenario/plugin@0.1.0#build") (param i32 i32) (result i32)
  (drop (memory.grow (i32.const 1600)))
  (call $create_user
    (i32.const 1) (i32.const 65536) (i32.const 100000000) (i32.const 0) (i32.const 0) (i32.const 0)
    (i32.const 512))
  (call $ok))
