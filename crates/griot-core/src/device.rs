//! From the device a user names to a device of Candle.

use candle_core::Device as Backend;

use crate::{Device, Error};

/// A device that is there.
pub(crate) struct OpenDevice {
    pub(crate) backend: Backend,
    /// Which it is, never [`Device::Auto`].
    pub(crate) device: Device,
    /// Why [`Device::Auto`] took the CPU, if it did.
    pub(crate) note: Option<String>,
}

/// Opens `device`.
///
/// # Errors
///
/// [`Error::DeviceUnavailable`] for a device named outright; only
/// [`Device::Auto`] falls back to the CPU, and says so in the note.
pub(crate) fn open(device: Device) -> Result<OpenDevice, Error> {
    match device {
        Device::Auto => Ok(open_best()),
        named => Ok(OpenDevice {
            backend: open_named(named)?,
            device: named,
            note: None,
        }),
    }
}

fn open_best() -> OpenDevice {
    let mut reasons = Vec::new();
    for device in [Device::Cuda(0), Device::Metal(0)] {
        if !is_compiled_in(device) {
            continue;
        }
        match open_named(device) {
            Ok(backend) => {
                return OpenDevice {
                    backend,
                    device,
                    note: None,
                };
            }
            Err(error) => reasons.push(error.to_string()),
        }
    }
    let note = if reasons.is_empty() {
        "running on the CPU: built without the features `cuda` and `metal`".to_owned()
    } else {
        let note = format!("running on the CPU: {}", reasons.join("; "));
        log::warn!("{note}");
        note
    };
    OpenDevice {
        backend: Backend::Cpu,
        device: Device::Cpu,
        note: Some(note),
    }
}

fn open_named(device: Device) -> Result<Backend, Error> {
    if !is_compiled_in(device) {
        return Err(Error::DeviceUnavailable {
            device,
            reason: "this build does not have the feature for it".to_owned(),
        });
    }
    let opened = match device {
        Device::Auto | Device::Cpu => Ok(Backend::Cpu),
        Device::Cuda(index) => Backend::new_cuda(index),
        Device::Metal(index) => Backend::new_metal(index),
    };
    opened.map_err(|error| Error::DeviceUnavailable {
        device,
        reason: error.to_string(),
    })
}

fn is_compiled_in(device: Device) -> bool {
    match device {
        Device::Auto | Device::Cpu => true,
        Device::Cuda(_) => cfg!(feature = "cuda"),
        Device::Metal(_) => cfg!(feature = "metal"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(not(any(feature = "cuda", feature = "metal")))]
    fn only_auto_falls_back() {
        let opened = open(Device::Auto).unwrap();
        assert_eq!(opened.device, Device::Cpu);
        assert!(opened.note.is_some());
        assert!(open(Device::Cpu).unwrap().note.is_none());
        for device in [Device::Cuda(0), Device::Metal(3)] {
            let error = open(device).err().unwrap();
            assert!(
                matches!(error, Error::DeviceUnavailable { device: d, .. } if d == device),
                "{error}"
            );
        }
    }
}
