//! What an island holds, as the prover sees it.

use std::collections::BTreeSet;

use insula_domain::{Digest, Entities, EntityId, FieldType, FieldValue, Island, IslandId, Kind};
use insula_engine::{Changes, Engine, Filter, Find};
use jiff::civil::Date;

use crate::report::VerifyError;

/// What an island holds, or one clinic of it.
#[derive(Clone, Debug)]
pub(crate) struct World {
    pub island: Island,
    /// The clinic, where it is one of several.
    pub clinic: Option<EntityId>,
}

impl World {
    /// Reads an island whole. That it can be read proves that nothing in it refers to anything outside of it.
    pub(crate) async fn read(engine: &Engine, id: IslandId) -> Result<Self, VerifyError> {
        let finds: Vec<Find> = Kind::ALL.map(Find::all).to_vec();
        Ok(Self { island: engine.part(id, &finds).await?.island, clinic: None })
    }

    /// Reads one clinic of an island.
    pub(crate) async fn of_clinic(
        engine: &Engine,
        id: IslandId,
        clinic: EntityId,
    ) -> Result<Self, VerifyError> {
        let of_clinic = |kind: Kind| Entities::fields(kind).iter().any(|field| field.name == "clinic_id");
        let in_clinic =
            |kind: Kind| of_clinic(kind).then(|| Find::new(kind, Filter::of("clinic_id", clinic)));
        let mut finds: Vec<Find> = Kind::ALL.into_iter().filter_map(in_clinic).collect();
        finds.push(Find::one(Kind::Clinic, clinic));
        let offered = engine.part(id, &finds).await?.island.ids.of(Kind::AppointmentType).to_vec();
        finds.push(Find::new(Kind::Offering, Filter::Refers("appointment_type_id", offered)));
        Ok(Self { island: engine.part(id, &finds).await?.island, clinic: Some(clinic) })
    }

    /// The same, as it is now.
    pub(crate) async fn again(&self, engine: &Engine) -> Result<Self, VerifyError> {
        match self.clinic {
            Some(clinic) => Self::of_clinic(engine, self.island.id, clinic).await,
            None => Self::read(engine, self.island.id).await,
        }
    }

    /// The hash of all that it holds.
    pub(crate) fn digest(&self, engine: &Engine) -> Option<Digest> {
        engine.drafts().onto(self.island.clone()).ok().map(|draft| draft.digest())
    }

    /// One of a kind. The last, since the first is often what others depend on.
    pub(crate) fn one(&self, kind: Kind) -> Option<EntityId> {
        self.island.ids.of(kind).last().copied()
    }

    /// A practitioner who offers something, and what they offer.
    pub(crate) fn offering(&self) -> Option<(EntityId, EntityId)> {
        let offering = self.island.entities.offerings.first()?;
        let ids = &self.island.ids;
        Some((
            ids.get(Kind::User, offering.practitioner.index())?,
            ids.get(Kind::AppointmentType, offering.appointment_type.index())?,
        ))
    }

    /// The day of an appointment.
    pub(crate) fn day(&self) -> Option<Date> {
        self.island.entities.appointments.first().map(|appointment| appointment.date)
    }

    /// All by which it could be known: its ids, the island's own, and the marks.
    pub(crate) fn needles(&self, mark: &str) -> BTreeSet<String> {
        let mut needles = BTreeSet::from([mark.to_lowercase()]);
        let mut add = |id: uuid::Uuid| {
            needles.insert(id.hyphenated().to_string());
            needles.insert(id.simple().to_string());
        };
        add(self.island.id.0);
        for kind in Kind::ALL {
            for id in self.island.ids.of(kind) {
                // A number is no mark: it stands for other things, too.
                if let EntityId::Uuid(id) = id {
                    add(*id);
                }
            }
        }
        needles
    }
}

/// Writes a mark into every free text of an island, so that whatever comes back of it is known.
pub(crate) async fn mark(engine: &Engine, id: IslandId, mark: &str) -> Result<World, VerifyError> {
    let world = World::read(engine, id).await?;
    let mut set = Vec::new();
    for kind in Kind::ALL {
        for (number, (record, id)) in
            (0..).zip(world.island.entities.records(kind, 0).zip(world.island.ids.of(kind)))
        {
            let number: u32 = number;
            record.visit(&mut |field, _| {
                if field.ty == FieldType::Text && !["time_zone", "locale"].contains(&field.name) {
                    let text = format!("{mark} {number}");
                    set.push((kind, *id, field.name, FieldValue::Text(text.into())));
                }
            });
        }
    }
    let drafts = engine.drafts();
    let marked = engine.edit(id, Vec::new(), move |part| {
        Ok::<_, insula_domain::Refusal>(Changes {
            set: set.clone(),
            ..Changes::of(drafts.onto(part.island)?)
        })
    });
    match marked.await? {
        Ok(_) => World::read(engine, id).await,
        Err(refusal) => Err(VerifyError::Document(format!("an island cannot be marked: {refusal}"))),
    }
}
