//! Lines in the run's log, which the caller gets with the answer.

/// Logs a line, written as for `format!`.
#[macro_export]
macro_rules! debug {
    ($($line:tt)+) => { $crate::log($crate::Level::Debug, &::std::format!($($line)+)) };
}

/// Logs a line, written as for `format!`.
#[macro_export]
macro_rules! info {
    ($($line:tt)+) => { $crate::log($crate::Level::Info, &::std::format!($($line)+)) };
}

/// Logs a line, written as for `format!`.
#[macro_export]
macro_rules! warn {
    ($($line:tt)+) => { $crate::log($crate::Level::Warn, &::std::format!($($line)+)) };
}
