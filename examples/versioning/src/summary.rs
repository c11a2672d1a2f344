//! Count, mean, variance and range of numbers, kept up as they come. No Python here.

/// What is known of the numbers so far; `range` is None while there are none, and where an old pickle did not say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Summary {
    pub count: u64,
    pub mean: f64,
    /// The sum of squared distances from the mean: a variance that can be continued.
    pub m2: f64,
    pub range: Option<(f64, f64)>,
}

impl Summary {
    /// Take in one number, by Welford's recurrence: sums of squares cancel, this does not.
    pub fn add(&mut self, value: f64) {
        self.range = match self.range {
            Some((low, high)) => Some((low.min(value), high.max(value))),
            None if self.count == 0 => Some((value, value)),
            None => None,
        };
        self.count += 1;
        let distance = value - self.mean;
        self.mean += distance / self.count as f64;
        self.m2 += distance * (value - self.mean);
    }

    /// The summary of both, as if one had seen all (Chan, Golub and LeVeque, 1979).
    pub fn merged(&self, other: &Self) -> Self {
        if self.count == 0 || other.count == 0 {
            return if self.count == 0 { other } else { self }.clone();
        }
        let (left, right) = (self.count as f64, other.count as f64);
        let distance = other.mean - self.mean;
        Self {
            count: self.count + other.count,
            mean: self.mean + distance * right / (left + right),
            m2: self.m2 + other.m2 + distance * distance * left * right / (left + right),
            range: match (self.range, other.range) {
                (Some(one), Some(two)) => Some((one.0.min(two.0), one.1.max(two.1))),
                _ => None,
            },
        }
    }

    /// The sample variance, which two numbers have.
    pub fn variance(&self) -> Option<f64> {
        (self.count > 1).then(|| self.m2 / (self.count - 1) as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::Summary;

    fn of(values: &[f64]) -> Summary {
        let mut summary = Summary::default();
        values.iter().for_each(|value| summary.add(*value));
        summary
    }

    #[test]
    fn variance_survives_a_large_offset() {
        let summary = of(&[1e9 + 4.0, 1e9 + 7.0, 1e9 + 13.0, 1e9 + 16.0]);
        assert_eq!(summary.variance(), Some(30.0));
        assert_eq!(summary.range, Some((1e9 + 4.0, 1e9 + 16.0)));
    }

    #[test]
    fn two_halves_are_the_whole() {
        assert_eq!(
            of(&[1.0, 3.0]).merged(&of(&[5.0, 7.0])),
            of(&[1.0, 3.0, 5.0, 7.0])
        );
        assert_eq!(of(&[]).merged(&of(&[2.0])), of(&[2.0]));
        assert_eq!(of(&[2.0]).merged(&of(&[])), of(&[2.0]));
    }

    #[test]
    fn a_range_that_was_not_kept_stays_unknown() {
        let mut old = Summary {
            range: None,
            ..of(&[1.0, 2.0])
        };
        old.add(3.0);
        assert_eq!(old.range, None);
        assert_eq!(old.merged(&of(&[4.0])).range, None);
    }

    #[test]
    fn one_number_has_no_variance() {
        assert_eq!(of(&[1.0]).variance(), None);
    }
}
