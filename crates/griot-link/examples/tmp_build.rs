use griot_link::kb::read::{build::Job, manifest::Manifest};
use std::path::*; use std::ops::ControlFlow;
fn main(){ let a:Vec<String>=std::env::args().collect(); let mut job=Job::new([]); job.manifest=Some((Manifest::open(Path::new(&a[1])).unwrap(),Some(PathBuf::from(&a[2]))));
 let out=job.run(Path::new(&a[3]), &mut |_e| ControlFlow::Continue(())).unwrap(); println!("{} entities {} aliases {} bytes, wrong {}",out.report.entities,out.report.aliases,out.report.bytes,out.n_wrong); println!("{:?}", out.report); }
