//! The locales of people.

use fake::locales::{
    AR_SA, CY_GB, DE_DE, Data, EN, FA_IR, FR_FR, IT_IT, JA_JP, NL_NL, PT_BR, PT_PT, TR_TR, ZH_CN, ZH_TW,
};

/// How people are called in a place, and how their phone numbers look.
pub(super) struct Locale {
    pub(super) given_names: &'static [&'static str],
    pub(super) family_names: &'static [&'static str],
    /// With `{FirstName}` and `{LastName}` in the order of the place.
    pub(super) full_name: &'static str,
    /// `#` stands for a digit, `^` for one that is not 0.
    pub(super) phones: &'static [&'static str],
}

// Numbers that nobody has, where a regulator keeps some for films and tests: NANPA, Ofcom, Bundesnetzagentur.
const US_PHONES: &[&str] =
    &["(206) 555-01##", "(312) 555-01##", "(415) 555-01##", "(617) 555-01##", "(713) 555-01##"];
const GB_PHONES: &[&str] = &["07700 900###", "020 7946 0###", "0161 496 0###", "0131 496 0###"];
const DE_PHONES: &[&str] =
    &["030 23125###", "040 66969###", "069 90009###", "0221 4710###", "089 99998###", "0171 39200##"];
const TW_PHONES: &[&str] = &["09##-###-###", "02-2###-####", "04-2###-####"];
const CN_PHONES: &[&str] = &["138 #### ####", "159 #### ####", "186 #### ####"];
const SA_PHONES: &[&str] = &["+966 5# ### ####"];

/// The locales by tag. Of several with one language, the first stands for the language.
static LOCALES: &[(&str, Locale)] = &[
    ("en-US", of::<EN>(US_PHONES)),
    ("en-GB", of::<EN>(GB_PHONES)),
    ("de-DE", of::<DE_DE>(DE_PHONES)),
    ("zh-CN", of::<ZH_CN>(CN_PHONES)),
    ("zh-TW", of::<ZH_TW>(TW_PHONES)),
    ("zh-HK", of::<ZH_TW>(TW_PHONES)),
    ("zh-Hant", of::<ZH_TW>(TW_PHONES)),
    ("ja-JP", of::<JA_JP>(JA_JP::PHONE_CELL_NUMBER_FORMATS)),
    ("fr-FR", of::<FR_FR>(FR_FR::PHONE_CELL_NUMBER_FORMATS)),
    ("it-IT", of::<IT_IT>(IT_IT::PHONE_CELL_NUMBER_FORMATS)),
    ("nl-NL", of::<NL_NL>(NL_NL::PHONE_CELL_NUMBER_FORMATS)),
    ("pt-BR", of::<PT_BR>(PT_BR::PHONE_CELL_NUMBER_FORMATS)),
    ("pt-PT", of::<PT_PT>(PT_PT::PHONE_CELL_NUMBER_FORMATS)),
    ("tr-TR", of::<TR_TR>(TR_TR::PHONE_CELL_NUMBER_FORMATS)),
    ("cy-GB", of::<CY_GB>(GB_PHONES)),
    ("ar-SA", of::<AR_SA>(SA_PHONES)),
    ("fa-IR", of::<FA_IR>(FA_IR::PHONE_CELL_NUMBER_FORMATS)),
];

const fn of<L: Data>(phones: &'static [&'static str]) -> Locale {
    Locale {
        given_names: L::NAME_FIRST_NAME,
        family_names: L::NAME_LAST_NAME,
        full_name: L::NAME_TPL,
        phones,
    }
}

impl Locale {
    /// The locale of a tag, else one of its language, else en-US.
    pub(super) fn find(tag: &str) -> &'static Self {
        let language = |tag: &str| tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
        let exact = LOCALES.iter().find(|(known, _)| known.eq_ignore_ascii_case(tag));
        // zh-Hant-TW and the like: the script says more than the language.
        let script = || LOCALES.iter().find(|(known, _)| begins_with(tag, known));
        let spoken = || LOCALES.iter().find(|(known, _)| language(known) == language(tag));
        let (_, locale) = exact.or_else(script).or_else(spoken).unwrap_or(&LOCALES[0]);
        locale
    }
}

fn begins_with(tag: &str, known: &str) -> bool {
    tag.get(..known.len()).is_some_and(|start| start.eq_ignore_ascii_case(known))
}

#[cfg(test)]
pub(super) const TAGS: &[&str] = &[
    "en-US", "en-GB", "de-DE", "zh-CN", "zh-TW", "ja-JP", "fr-FR", "it-IT", "nl-NL", "pt-BR", "pt-PT",
    "tr-TR", "cy-GB", "ar-SA", "fa-IR",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_finds_itself_its_script_its_language_or_en_us() {
        let is = |tag, family: &[&str]| assert_eq!(Locale::find(tag).family_names, family, "{tag}");
        is("ZH-tw", ZH_TW::NAME_LAST_NAME);
        is("zh-Hant-TW", ZH_TW::NAME_LAST_NAME);
        is("zh", ZH_CN::NAME_LAST_NAME);
        is("de-AT", DE_DE::NAME_LAST_NAME);
        is("xx", EN::NAME_LAST_NAME);
        is("", EN::NAME_LAST_NAME);
    }
}
