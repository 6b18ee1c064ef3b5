//! What all builders have in common.

/// Writes a builder's setters: `text` takes what becomes a string, `json` a JSON value, anything else is a
/// type of its own.
macro_rules! setters {
    ($($(#[$doc:meta])* $field:ident($kind:tt)),* $(,)?) => {
        $(setters!(@one $(#[$doc])* $field $kind);)*

        /// Gives it a name under which the caller finds it in the answer.
        pub fn named(mut self, name: impl Into<String>) -> Self {
            self.label = Some(name.into());
            self
        }
    };
    (@one $(#[$doc:meta])* $field:ident text) => {
        $(#[$doc])*
        pub fn $field(mut self, value: impl Into<String>) -> Self {
            self.new.$field = Some(value.into());
            self
        }
    };
    (@one $(#[$doc:meta])* $field:ident json) => {
        $(#[$doc])*
        pub fn $field(mut self, value: serde_json::Value) -> Self {
            self.new.$field = Some(value.to_string());
            self
        }
    };
    (@one $(#[$doc:meta])* $field:ident $type:tt) => {
        $(#[$doc])*
        pub fn $field(mut self, value: $type) -> Self {
            self.new.$field = Some(value);
            self
        }
    };
}

pub(crate) use setters;
