//! Which instructions the processor has.

use std::fmt;
use std::str::FromStr;
use std::sync::OnceLock;

/// A set of instructions that this processor has. There is no way to make one
/// that it has not, which is what makes calling kernels compiled for it sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Isa(Level);

/// Each has the instructions of those before it, but for `Avx512` and
/// [`AvxVnni`](Level::AvxVnni): 8-bit products of 256 bits and of 512 bits are
/// different instructions, and no kernel asks for both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Level {
    /// What every processor of the target has.
    Portable,
    /// AVX2 and FMA.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// Also 8-bit dot products, 256 bits wide.
    #[cfg(target_arch = "x86_64")]
    AvxVnni,
    /// AVX-512 F, BW, DQ and VL.
    #[cfg(target_arch = "x86_64")]
    Avx512,
    /// Also 8-bit dot products, 512 bits wide.
    #[cfg(target_arch = "x86_64")]
    Avx512Vnni,
    /// Also dot products of 16-bit brain floats.
    #[cfg(target_arch = "x86_64")]
    Avx512Bf16,
    /// NEON, which is there always, and 8-bit dot products.
    #[cfg(target_arch = "aarch64")]
    NeonDot,
}

/// All levels by name, the lowest first.
const LEVELS: &[(&str, Level)] = &[
    ("portable", Level::Portable),
    #[cfg(target_arch = "x86_64")]
    ("avx2", Level::Avx2),
    #[cfg(target_arch = "x86_64")]
    ("avx-vnni", Level::AvxVnni),
    #[cfg(target_arch = "x86_64")]
    ("avx512", Level::Avx512),
    #[cfg(target_arch = "x86_64")]
    ("avx512-vnni", Level::Avx512Vnni),
    #[cfg(target_arch = "x86_64")]
    ("avx512-bf16", Level::Avx512Bf16),
    #[cfg(target_arch = "aarch64")]
    ("neon-dot", Level::NeonDot),
];

impl Level {
    #[cfg(target_arch = "aarch64")]
    fn is_there(self) -> bool {
        match self {
            Self::Portable => true,
            Self::NeonDot => std::arch::is_aarch64_feature_detected!("dotprod"),
        }
    }

    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    fn is_there(self) -> bool {
        self == Self::Portable
    }

    #[cfg(target_arch = "x86_64")]
    fn is_there(self) -> bool {
        let avx2 = || is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
        let avx512 = || {
            avx2()
                && is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512dq")
                && is_x86_feature_detected!("avx512vl")
        };
        let vnni = || avx512() && is_x86_feature_detected!("avx512vnni");
        match self {
            Self::Portable => true,
            Self::Avx2 => avx2(),
            Self::AvxVnni => avx2() && is_x86_feature_detected!("avxvnni"),
            Self::Avx512 => avx512(),
            Self::Avx512Vnni => vnni(),
            Self::Avx512Bf16 => vnni() && is_x86_feature_detected!("avx512bf16"),
        }
    }
}

impl Isa {
    /// The best set that this processor has.
    pub fn best() -> Self {
        static BEST: OnceLock<Isa> = OnceLock::new();
        *BEST.get_or_init(|| Self::available().last().unwrap_or(Self::PORTABLE))
    }

    /// The set that the environment variable `GRIOT_ISA` names, to compare or to look
    /// for an error; the best one if there is none.
    ///
    /// # Errors
    ///
    /// What is wrong with the name.
    pub fn wanted() -> Result<Self, String> {
        match std::env::var_os("GRIOT_ISA") {
            Some(name) => name.to_string_lossy().parse(),
            None => Ok(Self::best()),
        }
    }

    /// What every processor of the target has.
    pub const PORTABLE: Self = Self(Level::Portable);

    /// Every set this processor has, the lowest first.
    pub fn available() -> impl Iterator<Item = Self> {
        let there = LEVELS.iter().filter(|(_, level)| level.is_there());
        there.map(|&(_, level)| Self(level))
    }

    /// Whether products of 8-bit integers have an instruction of their own, so
    /// that they are several times as fast as those of floats.
    pub fn has_int8_dot(self) -> bool {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            Level::AvxVnni | Level::Avx512Vnni | Level::Avx512Bf16 => true,
            #[cfg(target_arch = "aarch64")]
            Level::NeonDot => true,
            _ => false,
        }
    }

    pub(crate) fn level(self) -> Level {
        self.0
    }
}

impl fmt::Display for Isa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut levels = LEVELS.iter();
        let name = levels.find(|(_, level)| *level == self.0);
        f.write_str(name.map_or("portable", |(name, _)| name))
    }
}

impl FromStr for Isa {
    type Err = String;

    /// A set by its name, if this processor has it.
    fn from_str(name: &str) -> Result<Self, String> {
        let known = LEVELS.iter().find(|(known, _)| *known == name);
        match known {
            Some((_, level)) if level.is_there() => Ok(Self(*level)),
            Some(_) => Err(format!("this processor has no {name}")),
            None => Err(format!("no set of instructions is called {name:?}")),
        }
    }
}

/// Work that is compiled for each width of vectors.
///
/// `run` must be `#[inline(always)]`, so that it is compiled within the function
/// that names the instructions.
pub(crate) trait Kernel {
    /// What comes of it.
    type Output;

    /// Does the work. `FMA`: whether a product and a sum are one instruction.
    /// `R` rows by `C` columns of sums fit into registers.
    fn run<const FMA: bool, const R: usize, const C: usize>(self) -> Self::Output;
}

/// Columns of a panel of packed weights: the `C` of [`Kernel::run`].
pub(crate) fn panel_width(isa: Isa) -> usize {
    isa.run(Width)
}

struct Width;

impl Kernel for Width {
    type Output = usize;

    #[inline(always)]
    fn run<const FMA: bool, const R: usize, const C: usize>(self) -> usize {
        C
    }
}

impl Isa {
    /// Runs `kernel` as compiled for this set.
    #[cfg_attr(
        target_arch = "x86_64",
        expect(unsafe_code, reason = "calling what not every processor can run")
    )]
    pub(crate) fn run<K: Kernel>(self, kernel: K) -> K::Output {
        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = "avx2,fma")]
        fn avx2<K: Kernel>(kernel: K) -> K::Output {
            kernel.run::<true, 6, 16>()
        }
        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = "avx2,fma,avx512f,avx512bw,avx512dq,avx512vl")]
        fn avx512<K: Kernel>(kernel: K) -> K::Output {
            kernel.run::<true, 6, 64>()
        }
        match self.0 {
            // On 64-bit ARM, FMA and 32 vector registers are there always.
            Level::Portable if cfg!(target_arch = "aarch64") => kernel.run::<true, 6, 16>(),
            Level::Portable => kernel.run::<false, 4, 8>(),
            #[cfg(target_arch = "aarch64")]
            Level::NeonDot => kernel.run::<true, 6, 16>(),
            #[cfg(target_arch = "x86_64")]
            // SAFETY: an `Isa` of this level was detected on this processor.
            Level::Avx2 | Level::AvxVnni => unsafe { avx2(kernel) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: an `Isa` of this level was detected on this processor.
            Level::Avx512 | Level::Avx512Vnni | Level::Avx512Bf16 => unsafe { avx512(kernel) },
        }
    }
}

/// a · b + c, rounded once with `FMA`, twice without.
#[inline(always)]
pub(crate) fn fma<const FMA: bool>(a: f32, b: f32, c: f32) -> f32 {
    if FMA { a.mul_add(b, c) } else { a * b + c }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_named() {
        for isa in Isa::available() {
            assert_eq!(isa.to_string().parse(), Ok(isa));
        }
        assert!(Isa::available().any(|isa| isa == Isa::PORTABLE));
        assert!("mmx".parse::<Isa>().is_err());
        assert!(Isa::available().any(|isa| isa == Isa::best()));
    }
}
