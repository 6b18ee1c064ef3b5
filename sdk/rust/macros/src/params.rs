use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{Data, DeriveInput, Error, Expr, ExprLit, Field, Lit, Meta, Result, Token};

pub(crate) fn expand(attributes: TokenStream, item: TokenStream) -> Result<TokenStream> {
    if !attributes.is_empty() {
        return Err(Error::new_spanned(
            attributes,
            "`params` takes nothing here; see `#[param(…)]` for fields",
        ));
    }
    let mut input: DeriveInput = syn::parse2(item)?;
    let mut defaults = Vec::new();
    let rules = match &mut input.data {
        Data::Struct(body) => {
            for field in &mut body.fields {
                expand_field(&input.ident, field, &mut defaults)?;
            }
            quote!(deny_unknown_fields)
        }
        Data::Enum(_) => quote!(rename_all = "snake_case"),
        Data::Union(_) => return Err(Error::new_spanned(input, "params are a struct or an enum")),
    };
    let (name, (generics, arguments, bounds)) = (&input.ident, input.generics.split_for_impl());
    Ok(quote! {
        #[derive(
            ::insula::__private::serde::Deserialize,
            // Only so that the schema can show a default.
            ::insula::__private::serde::Serialize,
            ::insula::__private::schemars::JsonSchema,
        )]
        #[serde(crate = "::insula::__private::serde", #rules)]
        #[schemars(crate = "::insula::__private::schemars")]
        #input

        impl #generics ::insula::Params for #name #arguments #bounds {}

        #(#defaults)*
    })
}

pub(crate) fn expand_outputs(attributes: TokenStream, item: TokenStream) -> Result<TokenStream> {
    if !attributes.is_empty() {
        return Err(Error::new_spanned(attributes, "`outputs` takes nothing here"));
    }
    let input: DeriveInput = syn::parse2(item)?;
    let rules = match &input.data {
        Data::Struct(_) => TokenStream::new(),
        Data::Enum(_) => quote!(, rename_all = "snake_case"),
        Data::Union(_) => return Err(Error::new_spanned(input, "outputs are a struct or an enum")),
    };
    Ok(quote! {
        #[derive(::insula::__private::serde::Serialize, ::insula::__private::schemars::JsonSchema)]
        #[serde(crate = "::insula::__private::serde" #rules)]
        #[schemars(crate = "::insula::__private::schemars")]
        #input
    })
}

/// Turns `#[param(default = 20, range(…))]` into what serde and schemars read.
fn expand_field(owner: &syn::Ident, field: &mut Field, defaults: &mut Vec<TokenStream>) -> Result<()> {
    let Some(position) = field.attrs.iter().position(|attribute| attribute.path().is_ident("param")) else {
        return Ok(());
    };
    let attribute = field.attrs.remove(position);
    let list = attribute.meta.require_list()?;
    let mut rules = Vec::new();
    for meta in Punctuated::<Meta, Token![,]>::parse_terminated.parse2(list.tokens.clone())? {
        match meta {
            Meta::NameValue(pair) if pair.path.is_ident("default") => {
                let function = default_of(owner, field, &pair.value, defaults)?;
                field.attrs.push(syn::parse_quote!(#[serde(default = #function)]));
            }
            rule => rules.push(rule),
        }
    }
    if !rules.is_empty() {
        field.attrs.push(syn::parse_quote!(#[schemars(#(#rules),*)]));
    }
    Ok(())
}

/// Writes the function that gives the default, and returns its name.
fn default_of(
    owner: &syn::Ident,
    field: &Field,
    value: &Expr,
    defaults: &mut Vec<TokenStream>,
) -> Result<String> {
    let Some(name) = &field.ident else {
        return Err(Error::new_spanned(field, "a default needs a field with a name"));
    };
    let function = format_ident!("__default_{}_{}", owner, name);
    let kind = &field.ty;
    let is_text = matches!(value, Expr::Lit(ExprLit { lit: Lit::Str(_), .. }));
    let value = if is_text { quote!(::core::convert::Into::into(#value)) } else { quote!(#value) };
    defaults.push(quote! {
        #[allow(non_snake_case)]
        fn #function() -> #kind {
            #value
        }
    });
    Ok(function.to_string())
}
