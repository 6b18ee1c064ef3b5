//! What Linux tells of a process and of the machine (`man 5 proc`).

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result};

/// The unit of CPU times in `/proc`: Linux shows a hundredth of a second on all that Rust's `std` runs on.
const TICK: Duration = Duration::from_millis(10);

/// The CPU time that a process has taken, ended threads included.
pub fn cpu(pid: u32) -> Result<Duration> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    cpu_of(&stat).with_context(|| format!("/proc/{pid}/stat is not as expected"))
}

fn cpu_of(stat: &str) -> Option<Duration> {
    // The name before the last parenthesis may hold anything.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let user: u32 = fields.next()?.parse().ok()?;
    let system: u32 = fields.next()?.parse().ok()?;
    Some(TICK * (user + system))
}

/// Resident memory, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resident {
    /// All of it.
    pub now: u64,
    /// Of it, what is not in a file: the heap, stacks, sandboxes.
    pub anonymous: u64,
    /// The most since [`forget_peak`].
    pub peak: u64,
}

/// What a process holds in memory.
pub fn resident(pid: u32) -> Result<Resident> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    resident_of(&status).with_context(|| format!("/proc/{pid}/status is not as expected"))
}

fn resident_of(status: &str) -> Option<Resident> {
    let bytes = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
        line.trim().strip_suffix(" kB")?.parse::<u64>().ok().map(|kib| kib * 1024)
    };
    Some(Resident { now: bytes("VmRSS")?, anonymous: bytes("RssAnon")?, peak: bytes("VmHWM")? })
}

/// Lets the peak begin anew.
pub fn forget_peak(pid: u32) -> Result<()> {
    Ok(fs::write(format!("/proc/{pid}/clear_refs"), "5")?)
}

/// The machine, and how busy it is already: nothing that is measured on a busy one is worth much.
pub fn machine() -> String {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let cpuinfo = read("/proc/cpuinfo");
    let model = cpuinfo.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    format!(
        "{cores} cores ({}), Linux {}, load average {}",
        model.map_or("unknown", |(_, model)| model),
        read("/proc/sys/kernel/osrelease").trim(),
        read("/proc/loadavg").split(' ').next().unwrap_or("unknown"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpu_time_is_read_behind_any_name() {
        let stat = "7 (a) b (c) S 1 7 7 0 -1 4194560 100 0 3 0 25 17 0 0 20 0 1 0 100 1000 10";
        assert_eq!(cpu_of(stat), Some(Duration::from_millis(420)));
        assert_eq!(cpu_of("7 (a) S"), None);
    }

    #[test]
    fn memory_is_read_by_name() {
        let status = "Name:\tinsula\nVmHWM:\t   30 kB\nVmRSS:\t   20 kB\nRssAnon:\t   10 kB\n";
        assert_eq!(
            resident_of(status),
            Some(Resident { now: 20 << 10, anonymous: 10 << 10, peak: 30 << 10 })
        );
        assert_eq!(resident_of("VmRSS:\t20 kB\n"), None);
    }

    #[test]
    fn this_process_can_be_read() {
        let pid = std::process::id();
        assert!(resident(pid).unwrap().peak >= resident(pid).unwrap().anonymous);
        assert!(cpu(pid).is_ok());
    }
}
