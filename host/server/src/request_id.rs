//! Request ids: the caller's own where it sent a usable one, else a new one.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use uuid::Uuid;

pub(crate) const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// The id of a request, as the header that carries it.
#[derive(Clone, Debug)]
pub(crate) struct RequestId(HeaderValue);

impl RequestId {
    /// A caller's id is kept when it is short and plain: it goes into logs and problem documents.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        headers.get(HEADER).filter(|given| is_plain(given.as_bytes())).cloned().map_or_else(Self::new, Self)
    }

    fn new() -> Self {
        let mut text = Uuid::encode_buffer();
        let text = Uuid::now_v7().simple().encode_lower(&mut text);
        // Hexadecimal digits always make a header.
        Self(HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static("unknown")))
    }

    pub(crate) fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }

    pub(crate) fn into_header(self) -> HeaderValue {
        self.0
    }
}

fn is_plain(id: &[u8]) -> bool {
    (1..=128).contains(&id.len())
        && id.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:".contains(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id_for(given: &'static str) -> String {
        RequestId::of(&HeaderMap::from_iter([(HEADER, HeaderValue::from_static(given))])).as_str().to_owned()
    }

    #[test]
    fn a_plain_id_is_kept_and_any_other_replaced() {
        assert_eq!(id_for("run-7.a_b:1"), "run-7.a_b:1");
        assert_eq!(id_for("<script>").len(), 32);
        assert_eq!(id_for("").len(), 32);
        assert_ne!(RequestId::new().as_str(), RequestId::new().as_str());
    }
}
