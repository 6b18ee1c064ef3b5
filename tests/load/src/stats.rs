//! Many times, and what they say together.

use std::time::Duration;

/// Times in order.
#[derive(Clone, Debug, Default)]
pub struct Times(Vec<Duration>);

impl FromIterator<Duration> for Times {
    fn from_iter<I: IntoIterator<Item = Duration>>(times: I) -> Self {
        let mut times: Vec<_> = times.into_iter().collect();
        times.sort_unstable();
        Self(times)
    }
}

impl Times {
    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The shortest time that so many hundredths of all do not exceed (nearest rank); nothing is zero.
    pub fn percentile(&self, hundredths: usize) -> Duration {
        let rank = (self.0.len() * hundredths.min(100)).div_ceil(100);
        self.0.get(rank.saturating_sub(1)).copied().unwrap_or_default()
    }

    /// The one in the middle.
    pub fn median(&self) -> Duration {
        self.percentile(50)
    }

    /// The shortest.
    pub fn min(&self) -> Duration {
        self.percentile(0)
    }

    /// The longest.
    pub fn max(&self) -> Duration {
        self.percentile(100)
    }
}

/// What each of `count` took, in microseconds; zero when there were none.
pub fn micros_each(all: Duration, count: usize) -> f64 {
    if count == 0 { 0.0 } else { all.as_secs_f64() * 1e6 / as_f64(count) }
}

/// How many there were a second; zero when no time passed.
pub fn per_second(count: usize, time: Duration) -> f64 {
    if time.is_zero() { 0.0 } else { as_f64(count) / time.as_secs_f64() }
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
fn as_f64(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(millis: impl IntoIterator<Item = u64>) -> Times {
        millis.into_iter().map(Duration::from_millis).collect()
    }

    #[test]
    fn percentiles_are_times_that_were_measured() {
        let all = times((1..=200).rev());
        let millis = |hundredths| all.percentile(hundredths).as_millis();
        assert_eq!([0, 1, 50, 99, 100, 1000].map(millis), [1, 2, 100, 198, 200, 200]);
        assert_eq!((all.min(), all.median(), all.max()), (ms(1), ms(100), ms(200)));
    }

    #[test]
    fn the_longest_of_few_is_their_99th_percentile() {
        let few = times([5, 1, 3]);
        assert_eq!((few.count(), few.min(), few.median(), few.percentile(99)), (3, ms(1), ms(3), ms(5)));
    }

    #[test]
    fn of_nothing_all_is_zero() {
        let none = times([]);
        assert_eq!((none.count(), none.median(), none.max()), (0, Duration::ZERO, Duration::ZERO));
        assert_eq!((micros_each(ms(5), 0), per_second(5, Duration::ZERO)), (0.0, 0.0));
    }

    #[test]
    fn rates() {
        assert!((micros_each(ms(5), 10) - 500.0).abs() < 1e-9);
        assert!((per_second(10, ms(500)) - 20.0).abs() < 1e-9);
    }

    fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }
}
