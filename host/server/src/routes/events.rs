//! What happens, as server-sent events.

use std::convert::Infallible;
use std::time::Duration;

use aide::OperationOutput;
use aide::generate::GenContext;
use aide::openapi::{Operation, Response as Described, StatusCode as Code};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::sse::{Event as Sent, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::{Stream, StreamExt, stream};
use insula_domain::IslandId;
use insula_engine::{Engine, Event, EventList, EventsQuery, Listener};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::extract::{Path, Query};
use crate::openapi::media;
use crate::problem::Problem;
use crate::reply::Done;
use crate::router::Closing;
use crate::routes::islands::IslandPath;

/// Proxies give up on a connection that is silent for a minute.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// The events after one, or from now on.
pub(crate) struct EventStream(Response);

/// The event after which to go on: what a browser's `EventSource` sends when it connects again.
const LAST_EVENT_ID: &str = "last-event-id";

/// What to listen for.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
pub(crate) struct ListenQuery {
    /// Only what happens to this island; to all where it is left out.
    island: Option<IslandId>,
}

pub(crate) async fn events(
    State(engine): State<Engine>,
    State(closing): State<Closing>,
    Query(ListenQuery { island }): Query<ListenQuery>,
    headers: HeaderMap,
) -> Result<EventStream, Problem> {
    let after = headers.get(LAST_EVENT_ID).map(number).transpose()?;
    let listener = engine.listen(island, after).await?;
    let events = sent(listener).take_until(closing.closed()).map(Ok::<_, Infallible>);
    Ok(EventStream(Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response()))
}

/// One that cannot be read must not become "from now on": events would be missed.
fn number(id: &HeaderValue) -> Result<i64, Problem> {
    id.to_str().ok().and_then(|id| id.parse().ok()).ok_or_else(|| {
        let detail =
            "Last-Event-ID is no event's number; send the id of the last event that came, or leave it out";
        Problem::of_field("Last-Event-ID", detail)
    })
}

pub(crate) async fn past(
    State(engine): State<Engine>,
    Query(query): Query<EventsQuery>,
) -> Result<Done<EventList>, Problem> {
    Ok(Done::from(engine.past_events(None, query).await?))
}

pub(crate) async fn of_island(
    State(engine): State<Engine>,
    Path(IslandPath { id }): Path<IslandPath>,
    Query(query): Query<EventsQuery>,
) -> Result<Done<EventList>, Problem> {
    Ok(Done::from(engine.past_events(Some(id), query).await?))
}

/// Ends when the database does not answer: who listens comes again, and goes on where it was.
fn sent(listener: Listener) -> impl Stream<Item = Sent> {
    let batches = stream::unfold(listener, async |mut listener| match listener.next().await {
        Ok(events) => Some((events, listener)),
        Err(reason) => {
            tracing::warn!(%reason, "a listener to events is let go");
            None
        }
    });
    batches.flat_map(|events| stream::iter(events.into_iter().map(|event| shown(&event))))
}

fn shown(event: &Event) -> Sent {
    let sent = Sent::default().event(event.kind.word()).id(event.id.to_string());
    // An event is plain data; one that could not be written would still be told by its name and number.
    sent.clone().json_data(event).unwrap_or(sent)
}

impl IntoResponse for EventStream {
    fn into_response(self) -> Response {
        self.0
    }
}

impl OperationOutput for EventStream {
    type Inner = Event;

    fn operation_response(ctx: &mut GenContext, _: &mut Operation) -> Option<Described> {
        Some(Described {
            description: "Each event's `data` is JSON of this shape. With the header `Last-Event-ID` the stream goes on after that event; else it begins now."
                .to_owned(),
            content: [("text/event-stream".to_owned(), media::<Event>(ctx))].into_iter().collect(),
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
