use crate::builder::setters;
use crate::contract::island;
use crate::{Clinic, ClinicResource, ResourceType, Result, host};

/// A kind of room or device to be.
#[derive(Debug, Clone)]
#[must_use = "nothing is created before `create`"]
pub struct ResourceTypeBuilder {
    new: island::NewResourceType,
    label: Option<String>,
}

impl ResourceTypeBuilder {
    pub(crate) fn new(clinic: Clinic, name: String) -> Self {
        Self { new: island::NewResourceType { clinic: clinic.handle, name }, label: None }
    }

    setters! {}

    /// Creates it.
    ///
    /// # Errors
    /// When the clinic has one of that name.
    pub fn create(self) -> Result<ResourceType> {
        host::named(host::create_resource_type(&self.new)?, self.label)
    }
}

impl ResourceType {
    /// A new room or device of this type.
    pub fn resource(self, name: impl Into<String>) -> ResourceBuilder {
        let new = island::NewResource { resource_type: self, name: name.into(), description: None };
        ResourceBuilder { new, label: None }
    }
}

/// A room or device to be.
#[derive(Debug, Clone)]
#[must_use = "nothing is created before `create`"]
pub struct ResourceBuilder {
    new: island::NewResource,
    label: Option<String>,
}

impl ResourceBuilder {
    setters! {
        /// What the clinic notes about it.
        description(text),
    }

    /// Creates it.
    ///
    /// # Errors
    /// When the type has one of that name.
    pub fn create(self) -> Result<ClinicResource> {
        host::named(host::create_resource(&self.new)?, self.label)
    }
}
