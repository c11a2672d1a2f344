//! What attributes say, those behind `cfg_attr` included.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Attribute, Ident, Meta, Token};

use crate::text;

/// One setting, as in `#[pyo3(get, name = "x", item("y"))]`.
pub struct Setting {
    pub name: String,
    pub value: Option<TokenStream>,
    pub text: String,
}

impl Setting {
    /// The text of a value that is a string, and of any other value as it stands.
    pub fn plain(&self) -> Option<String> {
        let value = self.value.clone()?;
        Some(match syn::parse2::<syn::LitStr>(value.clone()) {
            Ok(literal) => literal.value(),
            Err(_) => text::spaced(value),
        })
    }
}

/// Every attribute of an item, as if each condition of a `cfg_attr` held, but for those on tests.
pub struct Attributes {
    metas: Vec<(Meta, bool)>,
}

impl Attributes {
    pub fn of(attributes: &[Attribute]) -> Self {
        let mut metas = Vec::new();
        for attribute in attributes {
            unfold(&attribute.meta, false, &mut metas);
        }
        Attributes { metas }
    }

    /// The attribute of that name, by whichever path it was reached.
    pub fn get(&self, name: &str) -> Option<&Meta> {
        self.metas
            .iter()
            .find(|(meta, _)| last(meta) == name)
            .map(|(meta, _)| meta)
    }

    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Meta> {
        self.metas
            .iter()
            .filter(move |(meta, _)| last(meta) == name)
            .map(|(meta, _)| meta)
    }

    /// The settings in `#[name(...)]` and in every `#[pyo3(...)]`.
    pub fn settings(&self, name: &str) -> Vec<Setting> {
        let own = self.all(name).filter(|_| name != "pyo3");
        own.chain(self.all("pyo3"))
            .flat_map(|meta| settings(inside(meta)))
            .collect()
    }

    /// The names in every `#[derive(...)]`.
    pub fn derived(&self) -> Vec<String> {
        self.all("derive")
            .filter_map(|meta| {
                Punctuated::<syn::Path, Token![,]>::parse_terminated
                    .parse2(inside(meta))
                    .ok()
            })
            .flatten()
            .filter_map(|path| Some(path.segments.last()?.ident.to_string()))
            .collect()
    }

    /// The paths of `#[path = "..."]`, and whether each stands behind a condition.
    pub fn paths(&self) -> Vec<(String, bool)> {
        self.metas
            .iter()
            .filter(|(meta, _)| last(meta) == "path")
            .filter_map(|(meta, conditional)| match meta {
                Meta::NameValue(pair) => {
                    let literal = syn::parse2::<syn::LitStr>(pair.value.to_token_stream());
                    Some((literal.ok()?.value(), *conditional))
                }
                _ => None,
            })
            .collect()
    }

    /// The text of every `#[cfg(...)]`.
    pub fn conditions(&self) -> Vec<String> {
        self.all("cfg")
            .map(|meta| text::spaced(inside(meta)))
            .collect()
    }

    /// Whether the item exists in tests alone.
    pub fn is_test(&self) -> bool {
        self.has("test")
            || self.all("cfg").any(|meta| {
                syn::parse2::<Meta>(inside(meta)).is_ok_and(|condition| tests(&condition))
            })
    }
}

/// What stands in the brackets of an attribute.
pub fn inside(meta: &Meta) -> TokenStream {
    match meta {
        Meta::List(list) => list.tokens.clone(),
        _ => TokenStream::new(),
    }
}

fn last(meta: &Meta) -> String {
    meta.path()
        .segments
        .last()
        .map_or_else(String::new, |segment| segment.ident.to_string())
}

struct Conditional {
    condition: Meta,
    attributes: Punctuated<Meta, Token![,]>,
}

impl Parse for Conditional {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let condition = input.parse()?;
        let attributes = if input.parse::<Option<Token![,]>>()?.is_some() {
            Punctuated::parse_terminated(input)?
        } else {
            Punctuated::new()
        };
        Ok(Conditional {
            condition,
            attributes,
        })
    }
}

fn unfold(meta: &Meta, conditional: bool, metas: &mut Vec<(Meta, bool)>) {
    if !meta.path().is_ident("cfg_attr") {
        metas.push((meta.clone(), conditional));
        return;
    }
    let Ok(inner) = syn::parse2::<Conditional>(inside(meta)) else {
        return;
    };
    // What only tests have, and what a condition on a condition would leave out.
    if tests(&inner.condition) {
        return;
    }
    for meta in &inner.attributes {
        if !meta.path().is_ident("cfg") {
            unfold(meta, true, metas);
        }
    }
}

fn tests(condition: &Meta) -> bool {
    if let Meta::Path(path) = condition {
        return path.is_ident("test");
    }
    let Ok(inner) = Punctuated::<Meta, Token![,]>::parse_terminated.parse2(inside(condition))
    else {
        return false;
    };
    match last(condition).as_str() {
        "all" => inner.iter().any(tests),
        "any" => !inner.is_empty() && inner.iter().all(tests),
        _ => false,
    }
}

/// The settings that a list of tokens holds.
pub fn settings(tokens: TokenStream) -> Vec<Setting> {
    let mut settings = Vec::new();
    let mut tokens = tokens.into_iter().peekable();
    while tokens.peek().is_some() {
        let mut name = None;
        let mut value: Option<TokenStream> = None;
        let mut all = TokenStream::new();
        for token in tokens.by_ref() {
            if is(&token, ',') {
                break;
            }
            all.extend([token.clone()]);
            match (&token, &mut value) {
                (_, Some(value)) => value.extend([token]),
                (token, none) if is(token, '=') => *none = Some(TokenStream::new()),
                (TokenTree::Ident(ident), _) => {
                    name.get_or_insert_with(|| ident.unraw().to_string());
                }
                _ => {}
            }
        }
        if let Some(name) = name {
            let text = text::spaced(all);
            settings.push(Setting { name, value, text });
        }
    }
    settings
}

fn is(token: &TokenTree, character: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == character)
}

/// How Python may pass an argument.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Passing {
    Either,
    Positional,
    Keyword,
}

impl Passing {
    pub const fn name(self) -> &'static str {
        match self {
            Passing::Either => "either",
            Passing::Positional => "positional",
            Passing::Keyword => "keyword",
        }
    }
}

/// What a signature says of one argument.
#[derive(Debug)]
pub struct Parameter {
    pub name: String,
    pub default: Option<String>,
    pub keyword: Option<&'static str>,
    pub passing: Passing,
}

/// The arguments of `signature = (...)`.
pub fn parameters(signature: TokenStream) -> syn::Result<Vec<Parameter>> {
    match signature.clone().into_iter().next() {
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis => {
            parsed.parse2(group.stream())
        }
        _ => Err(syn::Error::new_spanned(signature, "no list of arguments")),
    }
}

fn parsed(input: ParseStream<'_>) -> syn::Result<Vec<Parameter>> {
    let mut parameters: Vec<Parameter> = Vec::new();
    let mut passing = Passing::Either;
    while !input.is_empty() {
        if input.parse::<Option<Token![/]>>()?.is_some() {
            for parameter in &mut parameters {
                parameter.passing = Passing::Positional;
            }
        } else if input.parse::<Option<Token![*]>>()?.is_some() {
            let second = input.parse::<Option<Token![*]>>()?.is_some();
            passing = Passing::Keyword;
            if !input.is_empty() && !input.peek(Token![,]) {
                parameters.push(Parameter {
                    name: name(input)?,
                    default: None,
                    keyword: Some(if second { "kwargs" } else { "args" }),
                    passing: if second {
                        Passing::Keyword
                    } else {
                        Passing::Positional
                    },
                });
            }
        } else {
            let name = name(input)?;
            let default = match input.parse::<Option<Token![=]>>()? {
                Some(_) => Some(text::spaced(input.parse::<syn::Expr>()?.to_token_stream())),
                None => None,
            };
            parameters.push(Parameter {
                name,
                default,
                keyword: None,
                passing,
            });
        }
        if !input.is_empty() {
            input.parse::<Token![,]>()?;
        }
    }
    Ok(parameters)
}

fn name(input: ParseStream<'_>) -> syn::Result<String> {
    let name = input.call(Ident::parse_any)?.unraw().to_string();
    if input.parse::<Option<Token![:]>>()?.is_some() {
        input.parse::<syn::Lit>()?;
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::{parameters, settings, Attributes, Passing};

    fn of(source: &str) -> Attributes {
        Attributes::of(
            &syn::parse_str::<syn::ItemStruct>(&format!("{source} struct S;"))
                .unwrap()
                .attrs,
        )
    }

    #[test]
    fn cfg_attr_is_looked_into() {
        let attributes =
            of("#[cfg_attr(feature = \"python\", pyclass(name = \"P\"), pyo3(frozen))]");
        let settings = attributes.settings("pyclass");
        let texts: Vec<_> = settings
            .iter()
            .map(|setting| setting.text.as_str())
            .collect();
        assert_eq!(texts, ["name = \"P\"", "frozen"]);
        assert!(of("#[cfg_attr(a, cfg_attr(b, pyo3::pyclass))]").has("pyclass"));
        assert!(!of("#[cfg_attr(test, pyclass)]").has("pyclass"));
        assert!(!of("#[cfg_attr(broken ?, pyclass)]").has("pyclass"));
    }

    #[test]
    fn tests_are_what_exists_in_tests_alone() {
        for test in [
            "test",
            "all(test, unix)",
            "any(test)",
            "all(any(test, all(test)))",
        ] {
            assert!(of(&format!("#[cfg({test})]")).is_test(), "{test}");
        }
        for other in [
            "not(test)",
            "any(test, feature = \"x\")",
            "any()",
            "feature = \"test\"",
            "unix",
        ] {
            assert!(!of(&format!("#[cfg({other})]")).is_test(), "{other}");
        }
    }

    #[test]
    fn derives_and_paths() {
        let attributes =
            of("#[derive(Clone, pyo3::FromPyObject)] #[cfg_attr(p, derive(IntoPyObject,))]");
        assert_eq!(
            attributes.derived(),
            ["Clone", "FromPyObject", "IntoPyObject"]
        );
        let attributes = of("#[path = \"a.rs\"] #[cfg_attr(windows, path = \"b.rs\")]");
        assert_eq!(
            attributes.paths(),
            [("a.rs".to_owned(), false), ("b.rs".to_owned(), true)]
        );
    }

    #[test]
    fn settings_are_parted_at_commas() {
        let found = settings(
            "get, name = \"x\", signature = (a, b=None), item(\"k\"), module=\"m\""
                .parse()
                .unwrap(),
        );
        let names: Vec<_> = found.iter().map(|setting| setting.name.as_str()).collect();
        assert_eq!(names, ["get", "name", "signature", "item", "module"]);
        assert_eq!(found[1].plain().as_deref(), Some("x"));
        assert_eq!(found[2].plain().as_deref(), Some("(a, b=None)"));
    }

    #[test]
    fn signatures_say_how_arguments_are_passed() {
        let source = "(a, /, b: \"int\" = 1, *rest: \"str\", c = Vec::<(A, B)>::new(), r#type=None, ** kw) -> \"int\"";
        let found = parameters(source.parse().unwrap()).unwrap();
        let seen: Vec<_> = found
            .iter()
            .map(|p| (p.name.as_str(), p.default.as_deref(), p.keyword, p.passing))
            .collect();
        assert_eq!(
            seen,
            [
                ("a", None, None, Passing::Positional),
                ("b", Some("1"), None, Passing::Either),
                ("rest", None, Some("args"), Passing::Positional),
                ("c", Some("Vec::<(A, B)>::new()"), None, Passing::Keyword),
                ("type", Some("None"), None, Passing::Keyword),
                ("kw", None, Some("kwargs"), Passing::Keyword),
            ]
        );
        let bare = parameters("(a, *, b)".parse().unwrap()).unwrap();
        assert_eq!(bare.len(), 2);
        assert_eq!(bare[1].passing, Passing::Keyword);
        assert!(parameters("(a b)".parse().unwrap()).is_err());
        assert!(parameters("a".parse().unwrap()).is_err());
    }
}
