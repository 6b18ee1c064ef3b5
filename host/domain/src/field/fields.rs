//! The Rust types that fields have.

use std::borrow::Cow;

use jiff::Timestamp;
use jiff::civil::{Date, Time};

use super::{Choice, Field, FieldError, FieldType, FieldValue};
use crate::entity::Entity;
use crate::handle::{Handle, Refs};
use crate::scoped::Scoped;

macro_rules! plain {
    ($($ty:ty, $variant:ident, $wanted:literal;)*) => {$(
        impl Field for $ty {
            const TYPE: FieldType = FieldType::$variant;
            fn value(&self) -> FieldValue<'_> {
                FieldValue::$variant(*self)
            }
            fn from_value(value: FieldValue<'_>) -> Result<Self, FieldError> {
                match value {
                    FieldValue::$variant(value) => Ok(value),
                    other => Err(FieldError::new($wanted, &other)),
                }
            }
        }
    )*};
}
plain! {
    bool, Bool, "true or false";
    Date, Date, "a date";
    Time, Time, "a time of day";
    Timestamp, Instant, "an instant";
}

impl Field for u32 {
    const TYPE: FieldType = FieldType::Int;
    fn value(&self) -> FieldValue<'_> {
        FieldValue::Int(i64::from(*self))
    }
    fn from_value(value: FieldValue<'_>) -> Result<Self, FieldError> {
        match value {
            FieldValue::Int(number) => {
                number.try_into().map_err(|_| FieldError::new("a whole number from 0", &value))
            }
            other => Err(FieldError::new("a whole number", &other)),
        }
    }
}

impl Field for String {
    const TYPE: FieldType = FieldType::Text;
    fn value(&self) -> FieldValue<'_> {
        FieldValue::Text(Cow::Borrowed(self))
    }
    fn from_value(value: FieldValue<'_>) -> Result<Self, FieldError> {
        match value {
            FieldValue::Text(text) => Ok(text.into_owned()),
            other => Err(FieldError::new("a text", &other)),
        }
    }
}

impl Field for Scoped {
    const TYPE: FieldType = FieldType::Scoped;
    fn value(&self) -> FieldValue<'_> {
        FieldValue::Scoped(Cow::Borrowed(self))
    }
    fn from_value(value: FieldValue<'_>) -> Result<Self, FieldError> {
        match value {
            FieldValue::Scoped(text) => Ok(text.into_owned()),
            other => Err(FieldError::new("a text that carries its island", &other)),
        }
    }
}

impl<E: Entity> Field for Handle<E> {
    const TYPE: FieldType = FieldType::Ref(E::KIND);
    fn value(&self) -> FieldValue<'_> {
        FieldValue::Ref(E::KIND, self.index())
    }
    fn from_value(value: FieldValue<'_>) -> Result<Self, FieldError> {
        match value {
            FieldValue::Ref(kind, index) if kind == E::KIND => Ok(Self::new(index)),
            other => Err(FieldError::new(E::KIND.singular(), &other)),
        }
    }
}

impl<E: Entity> Field for Refs<E> {
    const TYPE: FieldType = FieldType::Refs(E::KIND);
    fn value(&self) -> FieldValue<'_> {
        FieldValue::Refs(E::KIND, Cow::Borrowed(self.indices()))
    }
    fn from_value(value: FieldValue<'_>) -> Result<Self, FieldError> {
        match value {
            FieldValue::Refs(kind, list) if kind == E::KIND => Ok(Self::from_indices(list.into_owned())),
            other => Err(FieldError::new(E::KIND.plural(), &other)),
        }
    }
}

/// Implements [`Field`] for a [`Choice`].
macro_rules! choice_field {
    ($($ty:ty),*) => {$(
        impl Field for $ty {
            const TYPE: FieldType = FieldType::Choice;
            fn value(&self) -> FieldValue<'_> {
                FieldValue::Text(Cow::Borrowed(self.word()))
            }
            fn from_value(value: FieldValue<'_>) -> Result<Self, FieldError> {
                match &value {
                    FieldValue::Text(word) => Self::from_word(word),
                    _ => None,
                }
                .ok_or_else(|| FieldError::new(stringify!($ty), &value))
            }
        }
    )*};
}
choice_field!(
    crate::choice::Subscription,
    crate::choice::Gender,
    crate::choice::PatientCreator,
    crate::choice::AppointmentStatus,
    crate::choice::EventKind
);

impl Field for crate::choice::Weekday {
    const TYPE: FieldType = FieldType::Int;
    fn value(&self) -> FieldValue<'_> {
        FieldValue::Int(*self as i64)
    }
    fn from_value(value: FieldValue<'_>) -> Result<Self, FieldError> {
        match &value {
            FieldValue::Int(day) => usize::try_from(*day).ok().and_then(|day| Self::ALL.get(day).copied()),
            _ => None,
        }
        .ok_or_else(|| FieldError::new("a day from 0 (Monday) to 6 (Sunday)", &value))
    }
}
