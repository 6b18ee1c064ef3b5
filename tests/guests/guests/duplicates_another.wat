;; Has the name and version of `good`, and builds something else.
(func (export "insula:scenario/plugin@0.1.0#build") (param i32 i32) (result i32)
  (call $add_user)
  (call $add_user)
  (call $ok))
