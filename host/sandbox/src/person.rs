//! Believable people, the same for the same randomness. Names are data of the `fake` crate; which of them is
//! drawn is decided here, so that the values do not change with a version of a random number library.

mod locales;

use std::borrow::Cow;

use jiff::ToSpan;
use jiff::civil::{Date, date};
use rand_chacha::rand_core::Rng;

use locales::Locale;

/// Somebody who does not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Person {
    pub(crate) given_name: String,
    pub(crate) family_name: String,
    pub(crate) full_name: String,
    pub(crate) email: String,
    pub(crate) phone: String,
    pub(crate) birthday: Date,
}

/// The first birthday. With the days after it, everybody is grown up and alive in the years that tests play in.
const FIRST_BIRTHDAY: Date = date(1940, 1, 1);
/// 1940-01-01 to 2004-12-31.
const BIRTHDAYS: usize = 23_742;
/// Letters of an email address before its number. With the number they are the 27 that a user's address may have.
const EMAIL_NAME: usize = 23;

impl Person {
    /// Draws one. `locale` is a BCP 47 tag; one that is not known is read as en-US.
    pub(crate) fn draw(stream: &mut impl Rng, locale: &str) -> Self {
        let locale = Locale::find(locale);
        let given_name = pick(stream, locale.given_names);
        let family_name = pick(stream, locale.family_names);
        let full_name =
            locale.full_name.replace("{FirstName}", given_name).replace("{LastName}", family_name);
        let phone = pick(stream, locale.phones);
        let phone = digits(stream, phone);
        let days = i64::try_from(index(stream, BIRTHDAYS)).unwrap_or(0);
        let birthday = FIRST_BIRTHDAY.saturating_add(days.days());
        let email = email(given_name, family_name, index(stream, 10_000));
        let (given_name, family_name) = (given_name.to_owned(), family_name.to_owned());
        Self { given_name, family_name, full_name, email, phone, birthday }
    }
}

/// A position below `len`.
fn index(stream: &mut impl Rng, len: usize) -> usize {
    let wide = u128::from(stream.next_u64()) * len as u128;
    usize::try_from(wide >> 64).unwrap_or(0)
}

fn pick(stream: &mut impl Rng, words: &'static [&'static str]) -> &'static str {
    words.get(index(stream, words.len())).copied().unwrap_or_default()
}

/// Fills a format in which `#` stands for a digit and `^` for one that is not 0.
fn digits(stream: &mut impl Rng, format: &str) -> String {
    let mut digit =
        |from: usize| char::from(b'0' + u8::try_from(from + index(stream, 10 - from)).unwrap_or(0));
    format
        .chars()
        .map(|letter| match letter {
            '#' => digit(0),
            '^' => digit(1),
            other => other,
        })
        .collect()
}

/// An ASCII address at example.test (RFC 2606). The number keeps namesakes apart.
fn email(given_name: &str, family_name: &str, number: usize) -> String {
    let mut name = String::with_capacity(2 * EMAIL_NAME);
    add_plain(&mut name, given_name);
    name.push('.');
    add_plain(&mut name, family_name);
    name.truncate(EMAIL_NAME);
    format!("{}{number:04}@example.test", name.trim_matches('.'))
}

/// Adds the ASCII letters and digits that a name is written with.
fn add_plain(to: &mut String, name: &str) {
    // Most names need no other letters, and to look for them costs the most of a person.
    let ascii = if name.is_ascii() { Cow::Borrowed(name) } else { Cow::Owned(any_ascii::any_ascii(name)) };
    let plain = ascii.bytes().filter(u8::is_ascii_alphanumeric);
    to.extend(plain.map(|letter| char::from(letter.to_ascii_lowercase())));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Randomness;

    fn person(path: &str, locale: &str) -> Person {
        Person::draw(&mut Randomness::new(42).stream(path), locale)
    }

    #[test]
    fn the_first_people_never_change() {
        let people = ["en-US", "en-GB", "de-DE", "zh-TW"].map(|locale| {
            let person = person("patients/0", locale);
            format!("{} | {} | {} | {}", person.full_name, person.email, person.phone, person.birthday)
        });
        insta::assert_snapshot!(people.join("\n"), @"
        Estel Mills | estel.mills0461@example.test | (713) 555-0117 | 1940-11-09
        Estel Mills | estel.mills2327@example.test | 0131 496 0170 | 1943-01-01
        Hildegard Friedrich | hildegard.friedrich0461@example.test | 0171 3920017 | 1940-11-09
        溥佳蓉 | jiarong.pu5204@example.test | 04-2170-0241 | 1975-11-29
        ");
    }

    #[test]
    fn everybody_fits_the_fields_of_users_and_patients() {
        for tag in locales::TAGS {
            for number in 0..200 {
                let person = person(&format!("{tag}/{number}"), tag);
                let (local, domain) = person.email.split_once('@').unwrap();
                assert!(person.email.is_ascii() && domain == "example.test", "{person:?}");
                assert!((5..=27).contains(&local.len()), "{person:?}");
                assert!(person.full_name.contains(&person.given_name), "{person:?}");
                assert!(person.full_name.contains(&person.family_name), "{person:?}");
                assert!((7..=50).contains(&person.phone.len()), "{person:?}");
                assert!(!person.phone.contains(['#', '^']), "{person:?}");
                assert!((1940..=2004).contains(&person.birthday.year()), "{person:?}");
            }
        }
    }

    #[test]
    fn chinese_and_japanese_names_begin_with_the_family() {
        for tag in ["zh-TW", "zh-CN", "ja-JP"] {
            let person = person("a", tag);
            assert!(person.full_name.starts_with(&person.family_name), "{person:?}");
        }
    }
}
