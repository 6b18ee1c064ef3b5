;; ok("{")
(data (i32.const 64) "\00\00\00\00" "\20\00\00\00" "\01\00\00\00")
(func (export "insula:scenario/plugin@0.1.0#build") (param i32 i32) (result i32)
  (i32.const 64))
