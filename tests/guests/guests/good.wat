;; No fault: adds a user and is content.
(func (export "insula:scenario/plugin@0.1.0#build") (param i32 i32) (result i32)
  (call $add_user)
  (call $ok))
