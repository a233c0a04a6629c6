//! The stores: the contract, each backend, crashes, damage, tampering and disk faults.

mod contract;
#[cfg(feature = "sqlite")]
mod crash;
#[cfg(feature = "sqlite")]
mod damage;
#[cfg(all(feature = "sqlite", target_os = "linux"))]
mod disk_faults;
#[cfg(feature = "sqlite")]
mod fixtures;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod hash_chain;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod reported_bugs;
mod set_aside;
#[cfg(feature = "sqlite")]
mod sqlite;
