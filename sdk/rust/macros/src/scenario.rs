use proc_macro2::TokenStream;
use quote::quote;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Attribute, Error, Expr, ExprLit, FnArg, ItemFn, Lit, LitStr, Meta, Result, Token, bracketed};

/// What stands in the attribute's parentheses.
#[derive(Default)]
struct Settings {
    name: Option<LitStr>,
    version: Option<LitStr>,
    aliases: Vec<LitStr>,
    examples: Vec<Example>,
    extends: Option<LitStr>,
    with: Option<Expr>,
}

struct Example {
    title: LitStr,
    params: TokenStream,
}

impl Parse for Example {
    fn parse(input: ParseStream) -> Result<Self> {
        let title = input.parse()?;
        input.parse::<Token![=>]>()?;
        let params: proc_macro2::Group = input.parse()?;
        Ok(Self { title, params: quote!(#params) })
    }
}

const KNOWN: &str = "known here: name, version, aliases, examples, extends, with";

impl Parse for Settings {
    fn parse(input: ParseStream) -> Result<Self> {
        let mut settings = Self::default();
        while !input.is_empty() {
            let key: syn::Ident = input.parse()?;
            input.parse::<Token![=]>()?;
            match key.to_string().as_str() {
                "name" => settings.name = Some(input.parse()?),
                "version" => settings.version = Some(input.parse()?),
                "aliases" => settings.aliases = list(input)?,
                "examples" => settings.examples = list(input)?,
                "extends" => settings.extends = Some(input.parse()?),
                "with" => settings.with = Some(input.parse()?),
                _ => return Err(Error::new(key.span(), KNOWN)),
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(settings)
    }
}

fn list<T: Parse>(input: ParseStream) -> Result<Vec<T>> {
    let inside;
    bracketed!(inside in input);
    Ok(Punctuated::<T, Token![,]>::parse_terminated(&inside)?.into_iter().collect())
}

pub(crate) fn expand(attributes: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let settings: Settings = syn::parse2(attributes)?;
    let function: ItemFn = syn::parse2(item)?;
    let name = checked_name(&settings, &function)?;
    let version = checked_version(settings.version.as_ref())?;
    let (title, description) = prose(&function.attrs);
    if title.is_empty() {
        let why = "a scenario needs a doc comment: its first line is the title that callers see";
        return Err(Error::new_spanned(&function.sig.ident, why));
    }
    let (aliases, ident) = (&settings.aliases, &function.sig.ident);
    let examples = settings.examples.iter().map(|Example { title, params }| {
        quote!(::insula::Example { title: #title.into(), params: ::insula::json!(#params).to_string() })
    });
    let params = params_type(&function)?;
    let base = base(&settings)?;
    let base_params = base_params(&settings, params)?;
    let outputs_schema = match (returns_schema(&function), params) {
        (false, _) => quote!(::core::option::Option::None),
        (true, Some(_)) => quote!(::insula::__private::outputs_schema(#ident)),
        (true, None) => quote!(::insula::__private::outputs_schema_of_none(#ident)),
    };
    let (schema, read, arguments) = match params {
        Some(kind) => (
            quote!(::insula::__private::schema_of::<#kind>()),
            quote!(let params: #kind = ::insula::__private::read(params)?;),
            quote!(::insula::__private::island(), params),
        ),
        None => (
            quote!(::insula::__private::schema_of_none()),
            quote!(let _none = params;),
            quote!(::insula::__private::island()),
        ),
    };
    Ok(quote! {
        #function

        /// The scenario of this plugin, for tests.
        pub struct Scenario;

        impl ::insula::Scenario for Scenario {
            fn manifest() -> ::insula::Manifest {
                let params_schema = #schema;
                let examples = ::std::vec![#(#examples),*];
                ::insula::Manifest {
                    name: #name.into(),
                    aliases: ::std::vec![#(#aliases.into()),*],
                    version: #version.into(),
                    title: #title.into(),
                    description: #description.into(),
                    examples: ::insula::__private::examples_or_default(examples, &params_schema),
                    params_schema,
                    outputs_schema: #outputs_schema,
                    extends: #base,
                }
            }

            #base_params

            fn run(params: &str) -> ::insula::Result<::std::string::String> {
                #read
                ::insula::__private::outputs(&#ident(#arguments)?)
            }
        }

        #[cfg(target_arch = "wasm32")]
        #[allow(unsafe_code)]
        const _: () = {
            ::insula::__private::export!(Scenario with_types_in ::insula::contract);
        };
    })
}

/// The scenario that is extended, as the manifest names it.
fn base(settings: &Settings) -> Result<TokenStream> {
    let Some(extends) = &settings.extends else { return Ok(quote!(::core::option::Option::None)) };
    let text = extends.value();
    let (scenario, version) = text.split_once('@').map_or((text.as_str(), None), |(it, v)| (it, Some(v)));
    let version = match version {
        None => quote!(::core::option::Option::None),
        Some(version) => {
            semver::VersionReq::parse(version).map_err(|error| {
                let why = format!("a version requirement is like standard@^1 or standard@=1.2.0: {error}");
                Error::new(extends.span(), why)
            })?;
            quote!(::core::option::Option::Some(#version.into()))
        }
    };
    Ok(quote!(::core::option::Option::Some(::insula::Base { scenario: #scenario.into(), version: #version })))
}

fn base_params(settings: &Settings, params: Option<&syn::Type>) -> Result<TokenStream> {
    let Some(with) = &settings.with else { return Ok(TokenStream::new()) };
    if settings.extends.is_none() {
        let why =
            "`with` gives the params of the scenario that is extended: name it, as in extends = \"standard\"";
        return Err(Error::new_spanned(with, why));
    }
    let made = match params {
        Some(kind) => quote!(::insula::__private::base_params::<#kind, _>(params, #with)),
        None => quote! {{
            let _none = params;
            ::insula::__private::base_params_of_none(#with)
        }},
    };
    Ok(quote! {
        fn base_params(params: &str) -> ::insula::Result<::std::string::String> {
            #made
        }
    })
}

/// Whether the type that a function returns has a schema: each but `impl Serialize`, which may be anything.
fn returns_schema(function: &ItemFn) -> bool {
    let syn::ReturnType::Type(_, returned) = &function.sig.output else { return false };
    let syn::Type::Path(path) = &**returned else { return false };
    let Some(syn::PathArguments::AngleBracketed(arguments)) =
        path.path.segments.last().map(|it| &it.arguments)
    else {
        return false;
    };
    match arguments.args.first() {
        Some(syn::GenericArgument::Type(syn::Type::ImplTrait(opaque))) => opaque.bounds.iter().any(|bound| {
            matches!(bound, syn::TypeParamBound::Trait(bound)
                if bound.path.segments.last().is_some_and(|name| name.ident == "Outputs"))
        }),
        Some(_) => true,
        None => false,
    }
}

fn checked_name(settings: &Settings, function: &ItemFn) -> Result<LitStr> {
    let Some(name) = &settings.name else {
        return Err(Error::new_spanned(
            &function.sig.ident,
            "a scenario needs a name: scenario(name = \"…\")",
        ));
    };
    let text = name.value();
    let fits = text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if !fits {
        let why = "a name is lower case letters, digits and underscores, beginning with a letter";
        return Err(Error::new(name.span(), why));
    }
    Ok(name.clone())
}

fn checked_version(version: Option<&LitStr>) -> Result<TokenStream> {
    let Some(version) = version else { return Ok(quote!(::core::env!("CARGO_PKG_VERSION"))) };
    semver::Version::parse(&version.value())
        .map_err(|error| Error::new(version.span(), format!("a version is like 1.0.0: {error}")))?;
    Ok(quote!(#version))
}

/// The first line of a doc comment, and the rest.
fn prose(attributes: &[Attribute]) -> (String, String) {
    let lines: Vec<String> = attributes.iter().filter_map(doc_line).collect();
    let (title, rest) =
        lines.split_first().map_or((String::new(), &[][..]), |(title, rest)| (title.clone(), rest));
    (title.trim_end_matches('.').to_owned(), rest.join("\n").trim().to_owned())
}

fn doc_line(attribute: &Attribute) -> Option<String> {
    let Meta::NameValue(pair) = &attribute.meta else { return None };
    let Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) = &pair.value else { return None };
    pair.path.is_ident("doc").then(|| text.value().trim().to_owned())
}

/// The type of the second argument, if there is one.
fn params_type(function: &ItemFn) -> Result<Option<&syn::Type>> {
    let mut arguments = function.sig.inputs.iter();
    let (island, params, more) = (arguments.next(), arguments.next(), arguments.next());
    match (island, params, more) {
        (Some(FnArg::Typed(_)), None, None) => Ok(None),
        (Some(FnArg::Typed(_)), Some(FnArg::Typed(params)), None) => Ok(Some(&params.ty)),
        _ => Err(Error::new_spanned(
            &function.sig,
            "a scenario is fn(island: &mut Island) or fn(island: &mut Island, params: Params)",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(attributes: TokenStream, item: TokenStream) -> String {
        expand(attributes, item).map_or_else(|error| error.to_string(), |code| code.to_string())
    }

    fn function() -> TokenStream {
        quote! {
            /// A clinic.
            fn build(island: &mut Island) -> Result<()> {}
        }
    }

    #[test]
    fn what_is_wrong_is_said_in_the_authors_words() {
        let name = quote!(name = "clinic");
        for (attributes, item, says) in [
            (quote!(), function(), "needs a name"),
            (quote!(name = "My Clinic"), function(), "lower case letters"),
            (quote!(name = "2nd"), function(), "beginning with a letter"),
            (quote!(name = "clinic", version = "1"), function(), "like 1.0.0"),
            (
                quote!(name = "clinic", tags = ["x"]),
                function(),
                "known here: name, version, aliases, examples, extends, with",
            ),
            (quote!(name = "clinic", extends = "standard@new"), function(), "like standard@^1"),
            (quote!(name = "clinic", with = || 1), function(), "name it, as in"),
            (
                name.clone(),
                quote!(
                    fn build(island: &mut Island) -> Result<()> {}
                ),
                "needs a doc comment",
            ),
            (
                name.clone(),
                quote!(
                    #[doc = " A clinic."]
                    fn build() -> Result<()> {}
                ),
                "fn(island: &mut Island)",
            ),
            (
                name,
                quote!(
                    #[doc = " A clinic."]
                    fn build(a: A, b: B, c: C) {}
                ),
                "fn(island: &mut Island)",
            ),
        ] {
            let refusal = refusal(attributes, item);
            assert!(refusal.contains(says), "{refusal}");
        }
    }

    #[test]
    fn title_and_description_are_the_doc_comment() {
        let function: ItemFn = syn::parse_quote! {
            /// A clinic.
            ///
            /// With people.
            #[inline]
            fn build(island: &mut Island) {}
        };
        assert_eq!(prose(&function.attrs), ("A clinic".to_owned(), "With people.".to_owned()));
    }
}
