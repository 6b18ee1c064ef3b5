//! What happens, as server-sent events.

use std::convert::Infallible;
use std::time::Duration;

use aide::OperationOutput;
use aide::generate::GenContext;
use aide::openapi::{MediaType, Operation, Response as Described, SchemaObject, StatusCode as Code};
use axum::extract::State;
use axum::response::sse::{Event as Sent, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::{Stream, StreamExt, stream};
use insula_engine::{Engine, Event};
use serde_json::json;
use tokio::sync::broadcast::{Receiver, error::RecvError};

use crate::router::Closing;

/// Proxies give up on a connection that is silent for a minute.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// The events from now on.
pub(crate) struct EventStream(Response);

pub(crate) async fn events(State(engine): State<Engine>, State(closing): State<Closing>) -> EventStream {
    let events = sent(engine.events()).take_until(closing.closed()).map(Ok::<_, Infallible>);
    EventStream(Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response())
}

/// A listener that lags behind is told how many events it missed, and goes on with the oldest that is left.
fn sent(events: Receiver<Event>) -> impl Stream<Item = Sent> {
    stream::unfold(events, async |mut events| match events.recv().await {
        Ok(event) => Some((shown(&event), events)),
        Err(RecvError::Lagged(missed)) => Some((shown_missed(missed), events)),
        Err(RecvError::Closed) => None,
    })
}

fn shown(event: &Event) -> Sent {
    let sent = Sent::default().event(event.kind.name()).id(event.number.to_string());
    // An event is plain data; one that could not be written would still be told by its name and number.
    sent.clone().json_data(event).unwrap_or(sent)
}

fn shown_missed(missed: u64) -> Sent {
    Sent::default().event("missed").data(json!({ "missed": missed }).to_string())
}

impl IntoResponse for EventStream {
    fn into_response(self) -> Response {
        self.0
    }
}

impl OperationOutput for EventStream {
    type Inner = Event;

    fn operation_response(ctx: &mut GenContext, _: &mut Operation) -> Option<Described> {
        let json_schema = ctx.schema.subschema_for::<Event>();
        let schema = SchemaObject { json_schema, example: None, external_docs: None };
        let media = MediaType { schema: Some(schema), ..MediaType::default() };
        Some(Described {
            description: "Each event's `data` is JSON of this shape; `missed` says how many events a slow listener missed."
                .to_owned(),
            content: [("text/event-stream".to_owned(), media)].into_iter().collect(),
            ..Described::default()
        })
    }

    fn inferred_responses(ctx: &mut GenContext, operation: &mut Operation) -> Vec<(Option<Code>, Described)> {
        Self::operation_response(ctx, operation)
            .map(|described| (Some(Code::Code(200)), described))
            .into_iter()
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use insula_engine::EventKind;
    use tokio::sync::broadcast::Sender;

    use super::*;

    #[tokio::test]
    async fn a_lagging_listener_is_told_what_it_missed() {
        let sender = Sender::new(2);
        let listener = sent(sender.subscribe());
        for number in 1..=5 {
            let at = jiff::Timestamp::UNIX_EPOCH;
            let event =
                Event { number, at, kind: EventKind::Reset, island_id: None, scenario: None, detail: None };
            sender.send(event).unwrap();
        }
        drop(sender);
        let shown: Vec<_> = listener.map(|event| format!("{event:?}")).collect().await;
        assert_eq!(shown.len(), 3);
        assert!(shown[0].contains("event: missed") && shown[0].contains(r#"{\"missed\":3}"#), "{}", shown[0]);
        assert!(shown[1].contains("id: 4") && shown[2].contains("id: 5"), "{shown:?}");
    }
}
