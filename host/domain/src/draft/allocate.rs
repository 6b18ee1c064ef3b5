//! Finding the resources of an appointment.

use std::collections::BTreeMap;

use super::{Allocation, Draft, NewAppointment, same_clinic};
use crate::entity::Kind;
use crate::handle::{Handle, Refs};
use crate::rejection::{Rejection, Rule};
use crate::services::Resource;

impl Draft {
    /// Finds or checks the resources that an appointment takes. They are free from `from` until `until`, unless
    /// it may `share` them.
    pub(super) fn allocate(
        &self,
        new: &NewAppointment,
        from: i64,
        until: i64,
        share: bool,
    ) -> Result<Refs<Resource>, Rejection> {
        let required =
            self.index.requirements.get(&new.appointment_type.index()).map_or(&[][..], Vec::as_slice);
        let free = |resource: u32| self.index.taken.busy(resource, from, until).is_none();
        match &new.resources {
            Allocation::Automatic => {
                let mut found = Vec::new();
                for &(resource_type, quantity) in required {
                    let all = self.index.resources.get(&resource_type).map_or(&[][..], Vec::as_slice);
                    let before = found.len();
                    let wanted = before + quantity as usize;
                    found.extend(all.iter().copied().filter(|&one| free(one)).take(quantity as usize));
                    if share && found.len() < wanted {
                        let rest = wanted - found.len();
                        found.extend(all.iter().copied().filter(|&one| !free(one)).take(rest));
                    }
                    if found.len() < wanted {
                        return Err(self.too_few(resource_type, quantity, found.len() - before));
                    }
                }
                Ok(found.into_iter().map(Handle::new).collect())
            }
            Allocation::Chosen(chosen) => {
                let chosen: Refs<Resource> = chosen.iter().copied().collect();
                let mut counts = BTreeMap::<u32, usize>::new();
                for handle in chosen.iter() {
                    let resource = self.get("resources", handle)?;
                    let of = self.get("resources", resource.resource_type)?;
                    same_clinic("resources", Kind::Resource, of.clinic, new.clinic)?;
                    if !share && !free(handle.index()) {
                        let message = format!(
                            "{} is taken at that time; choose another, or set allow-overlap",
                            resource.name
                        );
                        return Err(Rejection::of("resources", Rule::Overlap, message));
                    }
                    *counts.entry(resource.resource_type.index()).or_default() += 1;
                }
                for &(resource_type, quantity) in required {
                    let count = counts.get(&resource_type).copied().unwrap_or(0);
                    if count < quantity as usize {
                        return Err(self.too_few(resource_type, quantity, count));
                    }
                }
                Ok(chosen)
            }
        }
    }

    fn too_few(&self, resource_type: u32, wanted: u32, found: usize) -> Rejection {
        let name = self.entities.resource_types.get(resource_type as usize).map_or("?", |of| &of.name);
        let message = format!(
            "the appointment type requires {wanted} of {name:?}, and {found} are chosen or free at that time; add \
             resources or take another time"
        );
        Rejection::of("resources", Rule::Resources, message)
    }
}
