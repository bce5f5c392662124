//! The random numbers of docs/peers.md.

const MULTIPLIER: u64 = 0x7fa_6502;
const LOW: u64 = 0xffff_ffff;

/// The generator of one actor: a multiply-with-carry step.
pub struct Stream {
    state: u64,
}

impl Stream {
    /// Stream `k` of a seed: its state is SplitMix64's output number `k + 1`.
    pub fn new(seed: u64, k: u64) -> Self {
        let mut z = seed.wrapping_add((k + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        Self {
            state: 1 + ((z ^ (z >> 31)) >> 6),
        }
    }

    /// The next 32 bits.
    pub fn value(&mut self) -> u64 {
        self.state = MULTIPLIER * (self.state & LOW) + (self.state >> 32);
        let low = self.state & LOW;
        low ^ ((low << 8) & LOW)
    }

    /// The next number from 0 to `bound - 1`.
    pub fn below(&mut self, bound: u64) -> u64 {
        (self.value() * bound) >> 32
    }
}

/// What a stage of `end-to-end` makes of a value.
pub fn stage(value: u64, stage: u64) -> u64 {
    (value * MULTIPLIER + stage + 1) & LOW
}

#[cfg(test)]
mod tests {
    use super::Stream;

    #[test]
    fn streams_begin_as_the_protocol_says() {
        let mut stream = Stream::new(1, 0);
        assert_eq!(stream.state, 163_300_255_925_012_852);
        let four: Vec<u64> = (0..4).map(|_| stream.value()).collect();
        assert_eq!(
            four,
            [2_339_463_327, 3_208_186_107, 1_013_288_394, 3_766_741_228]
        );
        let mut stream = Stream::new(42, 0);
        let four: Vec<u64> = (0..4).map(|_| stream.below(120)).collect();
        assert_eq!(four, [3, 101, 1, 67]);
    }
}
