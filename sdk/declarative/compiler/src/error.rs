use std::ops::Range;

use insula_build::BuildError;

/// Bytes of a text.
pub type Span = Range<usize>;

/// Why no plugin was made of a document.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CompileError {
    /// The author can mend these.
    #[error("{}", .0.first().map_or_else(String::new, |first| format!("line {}: {}", first.line, first.message)))]
    Mistakes(Vec<Mistake>),
    /// The interpreter did not take the document.
    #[error("the document does not fit into the interpreter: {reason}")]
    Interpreter {
        /// What is wrong.
        reason: String,
    },
    /// The interpreter with the document did not become a component.
    #[error(transparent)]
    Component(#[from] BuildError),
}

/// Something in a document that cannot be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// What is wrong, and what was expected.
    pub message: String,
    /// What the key means, where that helps.
    pub help: Option<String>,
    /// Which part of the text.
    pub span: Span,
    /// Counted from 1.
    pub line: usize,
    /// In characters, counted from 1.
    pub column: usize,
}
