//! Metrics, for Prometheus.

use std::sync::OnceLock;
use std::time::Duration;

use axum::http::StatusCode;
use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

/// How often samples are folded into their buckets. Between two scrapes they would pile up.
pub(crate) const UPKEEP: Duration = Duration::from_secs(5);

/// From a warm run to the time limits of runs and requests.
const SECONDS: &[f64] = &[
    0.000_01, 0.000_025, 0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1,
    0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0,
];
/// From the plainest scenario to ten times the usual limit.
const FUEL: &[f64] = &[1e3, 1e4, 3e4, 1e5, 3e5, 1e6, 3e6, 1e7, 3e7, 1e8, 3e8, 1e9, 3e9, 1e10];
/// From one page to the most that 32 bits address, in bytes.
const MEMORY: &[f64] = &[
    65_536.0,
    262_144.0,
    1_048_576.0,
    2_097_152.0,
    4_194_304.0,
    8_388_608.0,
    16_777_216.0,
    33_554_432.0,
    67_108_864.0,
    134_217_728.0,
    268_435_456.0,
    1_073_741_824.0,
    4_294_967_296.0,
];

const BUCKETS: &[(&str, &[f64])] = &[
    ("insula_http_request_seconds", SECONDS),
    ("insula_run_seconds", SECONDS),
    ("insula_commit_seconds", SECONDS),
    ("insula_queue_seconds", SECONDS),
    ("insula_run_fuel", FUEL),
    ("insula_run_peak_memory_bytes", MEMORY),
];

/// The process's metrics. There is one recorder in a process, so all its servers show the same.
pub(crate) fn handle() -> &'static PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    HANDLE.get_or_init(|| {
        let recorder = builder().build_recorder();
        let handle = recorder.handle();
        if metrics::set_global_recorder(recorder).is_err() {
            tracing::warn!("this process records its metrics elsewhere; /metrics stays empty");
        }
        describe();
        handle
    })
}

fn builder() -> PrometheusBuilder {
    let with_buckets = BUCKETS.iter().try_fold(PrometheusBuilder::new(), |builder, (name, buckets)| {
        builder.set_buckets_for_metric(Matcher::Full((*name).to_owned()), buckets)
    });
    // Only an empty list of buckets is refused, and none of these is.
    with_buckets.unwrap_or_default()
}

fn describe() {
    describe_counter!("insula_http_requests_total", "HTTP requests, by route and status.");
    describe_histogram!("insula_http_request_seconds", Unit::Seconds, "How long requests took, by route.");
    describe_counter!("insula_runs_total", "Runs, by scenario and outcome.");
    describe_histogram!("insula_run_seconds", Unit::Seconds, "How long runs took, by scenario.");
    describe_histogram!("insula_run_fuel", "How much fuel runs used, by scenario.");
    describe_histogram!(
        "insula_run_peak_memory_bytes",
        Unit::Bytes,
        "How much memory runs used at most, by scenario."
    );
    describe_histogram!("insula_queue_seconds", Unit::Seconds, "How long runs waited for a sandbox.");
    describe_histogram!("insula_commit_seconds", Unit::Seconds, "How long commits took.");
    describe_gauge!("insula_islands", "Islands, by state; overdue ones should have been removed.");
    describe_counter!("insula_backups_total", "Backups, by what became of them.");
    describe_counter!("insula_restores_total", "Restores, by what became of them.");
    describe_counter!("insula_reaped_total", "Islands whose time was over, by what became of them.");
}

/// Counts one request. `route` is a template such as `/api/test/islands/{id}`, so that labels stay few.
pub(crate) fn request(route: &str, status: StatusCode, took: Duration) {
    counter!("insula_http_requests_total", "route" => route.to_owned(), "status" => status.as_str().to_owned()).increment(1);
    histogram!("insula_http_request_seconds", "route" => route.to_owned()).record(took);
}
