//! Log-linear histogram of nanoseconds: 128 buckets for every doubling.

const SUB_BITS: u32 = 7;
const SUB: u64 = 1 << SUB_BITS;
const BUCKETS: usize = (SUB as usize) * 36;

#[derive(Clone)]
pub struct Histogram {
    counts: Vec<u64>,
}

impl Histogram {
    pub fn new() -> Self {
        Self {
            counts: vec![0; BUCKETS],
        }
    }

    pub fn record(&mut self, ns: u64) {
        let bucket = if ns < SUB {
            ns as usize
        } else {
            let shift = 63 - ns.leading_zeros() - SUB_BITS;
            (u64::from(shift) * SUB + (ns >> shift)) as usize
        };
        self.counts[bucket.min(BUCKETS - 1)] += 1;
    }

    pub fn add(&mut self, other: &Self) {
        for (mine, theirs) in self.counts.iter_mut().zip(&other.counts) {
            *mine += theirs;
        }
    }

    /// `[[largest value of the bucket, count], ...]`, ascending, as JSON.
    pub fn json(&self) -> String {
        let used = self
            .counts
            .iter()
            .enumerate()
            .filter(|(_, count)| **count > 0);
        let pairs: Vec<String> = used
            .map(|(index, count)| format!("[{},{count}]", upper(index as u64)))
            .collect();
        format!("[{}]", pairs.join(","))
    }
}

fn upper(index: u64) -> u64 {
    let shift = (index / SUB).saturating_sub(1);
    let low = if index < SUB {
        index
    } else {
        (index - shift * SUB) << shift
    };
    low + (1 << shift) - 1
}

#[cfg(test)]
mod tests {
    use super::Histogram;

    #[test]
    fn a_value_lies_in_a_bucket_less_than_one_percent_wide() {
        for ns in [0, 1, 127, 128, 255, 256, 1_000, 123_456, 9_876_543_210] {
            let mut histogram = Histogram::new();
            histogram.record(ns);
            let text = histogram.json();
            let upper: u64 = text[2..text.find(',').unwrap()].parse().unwrap();
            assert!(upper >= ns && upper - ns <= ns / 100, "{ns} is in {text}");
        }
    }
}
