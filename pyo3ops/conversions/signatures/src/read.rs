//! What of a crate Python sees.

use std::collections::HashMap;

use proc_macro2::Span;
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{
    Attribute, Block, Fields, FnArg, Ident, ImplItem, ImplItemFn, Item, ItemFn, ItemImpl, Pat,
    ReturnType, Signature, Type,
};

use crate::attributes::{inside, parameters, settings, Attributes, Parameter, Passing, Setting};
use crate::json::Json;
use crate::names::Around;
use crate::text;
use crate::tree::{attributes_of, Tree};
use crate::usage::{self, Usage};

/// What is told of one or more crates.
#[derive(Default)]
pub struct Report {
    functions: Vec<Placed>,
    classes: Vec<Placed>,
    derives: Vec<Placed>,
    impls: Vec<Placed>,
    skipped: Vec<Placed>,
}

struct Placed {
    file: String,
    line: usize,
    entry: Vec<(&'static str, Json)>,
}

impl Report {
    /// Adds what Python sees of a crate.
    pub fn add(&mut self, tree: &Tree) {
        let mut reader = Reader {
            tree,
            report: self,
            classes: HashMap::new(),
        };
        // Methods are told with the name of their class, which may stand below them.
        for scope in 0..tree.scopes.len() {
            reader.types(scope);
        }
        for scope in 0..tree.scopes.len() {
            reader.calls(scope);
        }
        for skipped in &tree.skipped {
            self.skipped(&skipped.file, skipped.line, &skipped.why, skipped.pyo3);
        }
    }

    /// Adds something that could not be looked at.
    pub fn skip(&mut self, file: &str, line: usize, why: &str) {
        self.skipped(file, line, why, false);
    }

    fn skipped(&mut self, file: &str, line: usize, why: &str, pyo3: bool) {
        let entry = vec![("why", why.into()), ("pyo3", pyo3.into())];
        self.skipped.push(Placed::new(file, line, entry));
    }

    /// The document, in the order of the sources.
    pub fn json(self) -> Json {
        Json::Object(vec![
            ("functions", list(self.functions)),
            ("classes", list(self.classes)),
            ("derives", list(self.derives)),
            ("impls", list(self.impls)),
            ("skipped", list(self.skipped)),
        ])
    }
}

impl Placed {
    fn new(file: &str, line: usize, entry: Vec<(&'static str, Json)>) -> Self {
        let file = file.to_owned();
        Placed { file, line, entry }
    }
}

fn list(mut entries: Vec<Placed>) -> Json {
    entries.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
    let entries = entries.into_iter().map(|placed| {
        let mut object = vec![("file", placed.file.into()), ("line", placed.line.into())];
        object.extend(placed.entry);
        Json::Object(object)
    });
    Json::List(entries.collect())
}

struct Reader<'a> {
    tree: &'a Tree,
    report: &'a mut Report,
    // The names in Python of the classes, by the paths of their types.
    classes: HashMap<String, String>,
}

// The class that methods belong to.
struct Class {
    rust: String,
    python: String,
}

impl Reader<'_> {
    fn rust(&self, scope: usize, name: &str) -> String {
        let mut path = self.tree.scopes[scope].path.clone();
        path.push(name.to_owned());
        path.join("::")
    }

    fn conditions(&self, scope: usize, more: &[&Attributes]) -> Json {
        let mut conditions = self.tree.scopes[scope].conditions.clone();
        conditions.extend(more.iter().flat_map(|attributes| attributes.conditions()));
        conditions.into()
    }

    fn types(&mut self, scope: usize) {
        let tree = self.tree;
        for item in &tree.scopes[scope].items {
            let (ident, attrs) = match item {
                Item::Struct(item) => (&item.ident, &item.attrs),
                Item::Enum(item) => (&item.ident, &item.attrs),
                Item::Union(item) => (&item.ident, &item.attrs),
                Item::Impl(item) => {
                    self.conversion(scope, item);
                    continue;
                }
                _ => continue,
            };
            let attributes = Attributes::of(attrs);
            if attributes.has("pyclass") {
                self.class(scope, item, ident, &attributes);
            }
            self.derive(scope, item, ident, &attributes);
        }
    }

    fn class(&mut self, scope: usize, item: &Item, ident: &Ident, attributes: &Attributes) {
        let found = attributes.settings("pyclass");
        let plain = |wanted: &str| value(&found, wanted);
        let name = plain("name").unwrap_or_else(|| ident.unraw().to_string());
        let rename = plain("rename_all");
        let all = |wanted: &str| found.iter().any(|setting| setting.name == wanted);
        let (get_all, set_all) = (all("get_all"), all("set_all"));
        let rust = self.rust(scope, &ident.unraw().to_string());
        self.classes.insert(rust.clone(), name.clone());
        let around = around_type(Around::at(scope), item, &rust);
        let mut fields = Vec::new();
        let mut variants = Vec::new();
        each_field(item, |variant, place, field| {
            let attributes = Attributes::of(&field.attrs);
            let own = attributes.settings("pyo3");
            let has = |wanted: &str| own.iter().any(|setting| setting.name == wanted);
            let written = field.ident.as_ref().map(|ident| ident.unraw().to_string());
            let name = value(&own, "name").unwrap_or_else(|| match (&written, variant) {
                (Some(written), None) => renamed(written, rename.as_deref()),
                (Some(written), Some(_)) => written.clone(),
                (None, Some(_)) => format!("_{place}"),
                (None, None) => place.to_string(),
            });
            let mut entry = vec![
                ("name", name.into()),
                (
                    "variant",
                    variant.map(|ident| ident.unraw().to_string()).into(),
                ),
            ];
            entry.extend(self.told(&field.ty, &around));
            entry.push(("get", (get_all || has("get") || variant.is_some()).into()));
            entry.push(("set", (set_all || has("set")).into()));
            fields.push(Json::Object(entry));
        });
        if let Item::Enum(item) = item {
            for variant in &item.variants {
                let own = Attributes::of(&variant.attrs).settings("pyo3");
                let written = variant.ident.unraw().to_string();
                let name = value(&own, "name");
                variants.push(name.unwrap_or_else(|| renamed(&written, rename.as_deref())));
            }
        }
        let texts: Vec<String> = found.into_iter().map(|setting| setting.text).collect();
        let entry = vec![
            ("name", name.into()),
            ("rust", rust.into()),
            ("kind", kind(item).into()),
            ("attributes", texts.into()),
            ("fields", Json::List(fields)),
            ("variants", variants.into()),
            ("cfg", self.conditions(scope, &[attributes])),
        ];
        let file = &self.tree.scopes[scope].file;
        self.report
            .classes
            .push(Placed::new(file, line(ident.span()), entry));
    }

    fn derive(&mut self, scope: usize, item: &Item, ident: &Ident, attributes: &Attributes) {
        let mut derives = attributes.derived();
        derives.retain(|name| {
            matches!(
                name.as_str(),
                "FromPyObject" | "IntoPyObject" | "IntoPyObjectRef"
            )
        });
        if derives.is_empty() {
            return;
        }
        let name = ident.unraw().to_string();
        let rust = self.rust(scope, &name);
        let around = around_type(Around::at(scope), item, &rust);
        let mut fields = Vec::new();
        each_field(item, |variant, place, field| {
            let written = field.ident.as_ref().map(|ident| ident.unraw().to_string());
            let settings = Attributes::of(&field.attrs).settings("pyo3");
            let mut entry = vec![
                ("name", written.unwrap_or_else(|| place.to_string()).into()),
                (
                    "variant",
                    variant.map(|ident| ident.unraw().to_string()).into(),
                ),
            ];
            entry.extend(self.told(&field.ty, &around));
            entry.push(("attributes", texts(settings).into()));
            fields.push(Json::Object(entry));
        });
        let settings = attributes.settings("pyo3");
        let transparent = settings.iter().any(|setting| setting.name == "transparent");
        let kind = match item {
            Item::Struct(item) if transparent || is_newtype(&item.fields) => "newtype",
            item => kind(item),
        };
        let entry = vec![
            ("name", name.into()),
            ("rust", rust.into()),
            ("derive", derives.into()),
            ("kind", kind.into()),
            ("attributes", texts(settings).into()),
            ("fields", Json::List(fields)),
            ("cfg", self.conditions(scope, &[attributes])),
        ];
        let file = &self.tree.scopes[scope].file;
        self.report
            .derives
            .push(Placed::new(file, line(ident.span()), entry));
    }

    fn conversion(&mut self, scope: usize, item: &ItemImpl) {
        let Some((path, _)) = &item.trait_ else {
            return;
        };
        let Some(segment) = path.segments.last() else {
            return;
        };
        let name = segment.ident.to_string();
        if !matches!(
            name.as_str(),
            "FromPyObject" | "FromPyObjectBound" | "IntoPyObject" | "IntoPy" | "ToPyObject"
        ) {
            return;
        }
        let around = Around::at(scope).with(&item.generics);
        let mut entry = vec![("trait", name.into())];
        entry.extend(self.told(&item.self_ty, &around));
        entry.push((
            "cfg",
            self.conditions(scope, &[&Attributes::of(&item.attrs)]),
        ));
        let file = &self.tree.scopes[scope].file;
        let line = line(segment.ident.span());
        self.report.impls.push(Placed::new(file, line, entry));
    }

    fn calls(&mut self, scope: usize) {
        let tree = self.tree;
        for item in &tree.scopes[scope].items {
            let Some(attributes) = attributes_of(item).map(Attributes::of) else {
                continue;
            };
            match item {
                Item::Fn(item) => self.function(scope, item, &attributes),
                Item::Impl(item) if attributes.has("pymethods") => {
                    self.methods(scope, item, &attributes);
                }
                _ => {}
            }
        }
    }

    fn function(&mut self, scope: usize, item: &ItemFn, attributes: &Attributes) {
        // `#[pyfn(module, "name")]` stands inside the function that makes the module.
        let pyfn = attributes.get("pyfn").map(inside);
        if pyfn.is_none() && !attributes.has("pyfunction") {
            return;
        }
        let mut found = attributes.settings("pyfunction");
        let mut name = None;
        if let Some(tokens) = pyfn {
            name = tokens
                .clone()
                .into_iter()
                .find_map(|token| syn::parse2::<syn::LitStr>(token.into()).ok())
                .map(|literal| literal.value());
            found.extend(settings(tokens));
        }
        let skip = usize::from(found.iter().any(|setting| setting.name == "pass_module"));
        let rust = item.sig.ident.unraw().to_string();
        let name = value(&found, "name")
            .or(name)
            .unwrap_or_else(|| rust.clone());
        let call = Call {
            kind: "function",
            name,
            rust: self.rust(scope, &rust),
            class: None,
            skip,
            conditions: self.conditions(scope, &[attributes]),
        };
        let around = Around::at(scope).with(&item.sig.generics);
        self.call(call, (&item.sig, &item.block), &found, &around);
    }

    fn methods(&mut self, scope: usize, item: &ItemImpl, attributes: &Attributes) {
        let around = Around::at(scope).with(&item.generics);
        let itself = self.tree.resolved(&item.self_ty, &around);
        let written = text::normal(itself.to_token_stream());
        let rust = written
            .strip_prefix("crate::")
            .unwrap_or(&written)
            .to_owned();
        let last = rust.rsplit("::").next().unwrap_or_default().to_owned();
        let class = Class {
            python: self.classes.get(&rust).cloned().unwrap_or(last),
            rust,
        };
        let around = Around {
            itself: Some(itself),
            ..around
        };
        for member in &item.items {
            match member {
                ImplItem::Fn(member) => {
                    let own = Attributes::of(&member.attrs);
                    if !own.is_test() {
                        self.method(&class, member, &own, attributes, &around);
                    }
                }
                ImplItem::Const(member) => {
                    let own = Attributes::of(&member.attrs);
                    if own.has("classattr") && !own.is_test() {
                        let written = member.ident.unraw().to_string();
                        let name =
                            value(&own.settings("pyo3"), "name").unwrap_or_else(|| written.clone());
                        let call = Call {
                            kind: "classattr",
                            name,
                            rust: format!("{}::{written}", class.rust),
                            class: Some(class.python.clone()),
                            skip: 0,
                            conditions: self.conditions(scope, &[attributes, &own]),
                        };
                        let returns = Json::Object(self.told(&member.ty, &around));
                        self.place(
                            scope,
                            call,
                            line(member.ident.span()),
                            Vec::new(),
                            returns,
                            None,
                        );
                    }
                }
                _ => {}
            }
        }
    }

    fn method(
        &mut self,
        class: &Class,
        member: &ImplItemFn,
        own: &Attributes,
        outer: &Attributes,
        around: &Around,
    ) {
        let signature = &member.sig;
        let found = own.settings("pyo3");
        let written = signature.ident.unraw().to_string();
        let kind = [
            ("new", "new"),
            ("__new__", "new"),
            ("getter", "getter"),
            ("setter", "setter"),
            ("deleter", "deleter"),
            ("staticmethod", "staticmethod"),
            ("classmethod", "classmethod"),
            ("classattr", "classattr"),
        ]
        .into_iter()
        .find(|(attribute, _)| own.has(attribute))
        .map_or("method", |(_, kind)| kind);
        let prefix = match kind {
            "getter" => "get_",
            "setter" => "set_",
            "deleter" => "delete_",
            _ => "",
        };
        let name = if kind == "new" {
            "__new__".to_owned()
        } else {
            let inner = own
                .get(kind)
                .map(inside)
                .filter(|tokens| !tokens.is_empty());
            inner
                .map(|tokens| match syn::parse2::<syn::LitStr>(tokens.clone()) {
                    Ok(literal) => literal.value(),
                    Err(_) => text::normal(tokens).trim_start_matches("r#").to_owned(),
                })
                .or_else(|| value(&found, "name"))
                .unwrap_or_else(|| written.strip_prefix(prefix).unwrap_or(&written).to_owned())
        };
        let skip = match kind {
            "staticmethod" | "classattr" => 0,
            "new" => usize::from(own.has("classmethod")),
            _ => 1,
        };
        let call = Call {
            kind,
            name,
            rust: format!("{}::{written}", class.rust),
            class: Some(class.python.clone()),
            skip,
            conditions: self.conditions(around.scope, &[outer, own]),
        };
        let around = around.with(&signature.generics);
        self.call(call, (signature, &member.block), &found, &around);
    }

    fn call(
        &mut self,
        call: Call,
        (signature, body): (&Signature, &Block),
        settings: &[Setting],
        around: &Around,
    ) {
        let scope = around.scope;
        let line = line(signature.ident.span());
        let tokens = settings
            .iter()
            .find(|setting| setting.name == "signature")
            .and_then(|setting| setting.value.clone());
        let declared = match tokens.clone().map(parameters) {
            Some(Ok(declared)) => declared,
            Some(Err(error)) => {
                let why = format!("the signature of {} does not parse: {error}", call.rust);
                let file = self.tree.scopes[scope].file.to_string();
                self.report.skip(&file, line, &why);
                Vec::new()
            }
            None => Vec::new(),
        };
        let mut arguments = Vec::new();
        for input in signature.inputs.iter().skip(call.skip) {
            if let FnArg::Typed(typed) = input {
                let attributes = Attributes::of(&typed.attrs);
                let own = attributes.settings("pyo3");
                let handle = own.iter().any(|setting| setting.name == "cancel_handle");
                if handle || attributes.is_test() || is_given(&call, &typed.ty) {
                    continue;
                }
                let mut entry = self.argument(&typed.pat, &typed.ty, &own, &declared, around);
                entry.push(("use", usage_of(&typed.pat, signature, body).name().into()));
                arguments.push(Json::Object(entry));
            }
        }
        let returns = match &signature.output {
            ReturnType::Type(_, ty) => Json::Object(self.told(ty, around)),
            ReturnType::Default => Json::Null,
        };
        self.place(
            scope,
            call,
            line,
            arguments,
            returns,
            tokens.map(text::spaced),
        );
    }

    fn argument(
        &self,
        pat: &Pat,
        ty: &Type,
        own: &[Setting],
        declared: &[Parameter],
        around: &Around,
    ) -> Vec<(&'static str, Json)> {
        let (name, span) = match pat {
            Pat::Ident(pat) => (pat.ident.unraw().to_string(), pat.ident.span()),
            pat => (
                text::normal(pat.to_token_stream()),
                syn::spanned::Spanned::span(pat),
            ),
        };
        let parameter = declared.iter().find(|parameter| parameter.name == name);
        let passing = parameter.map_or(Passing::Either, |parameter| parameter.passing);
        let mut entry = vec![
            ("name", name.into()),
            ("line", line(span).into()),
            // As editors count.
            ("column", (span.start().column + 1).into()),
        ];
        entry.extend(self.told(ty, around));
        entry.extend([
            (
                "default",
                parameter
                    .and_then(|parameter| parameter.default.clone())
                    .into(),
            ),
            (
                "keyword",
                parameter.and_then(|parameter| parameter.keyword).into(),
            ),
            ("passing", passing.name().into()),
            ("from_py_with", value(own, "from_py_with").into()),
        ]);
        entry
    }

    fn place(
        &mut self,
        scope: usize,
        call: Call,
        line: usize,
        arguments: Vec<Json>,
        returns: Json,
        signature: Option<String>,
    ) {
        let entry = vec![
            ("name", call.name.into()),
            ("rust", call.rust.into()),
            ("kind", call.kind.into()),
            ("class", call.class.into()),
            ("arguments", Json::List(arguments)),
            ("returns", returns),
            ("signature", signature.into()),
            ("cfg", call.conditions),
        ];
        let file = &self.tree.scopes[scope].file;
        self.report.functions.push(Placed::new(file, line, entry));
    }

    fn told(&self, ty: &Type, around: &Around) -> Vec<(&'static str, Json)> {
        let resolved = self.tree.resolved(ty, around);
        vec![
            ("type", text::normal(ty.to_token_stream()).into()),
            ("resolved", text::normal(resolved.to_token_stream()).into()),
        ]
    }
}

struct Call {
    kind: &'static str,
    name: String,
    rust: String,
    class: Option<String>,
    skip: usize,
    conditions: Json,
}

// The future that an async function gives back may outlive the call.
fn usage_of(pat: &Pat, signature: &Signature, body: &Block) -> Usage {
    match pat {
        Pat::Ident(pat) if signature.asyncness.is_none() && pat.mutability.is_none() => {
            usage::of(body, &pat.ident.to_string())
        }
        Pat::Wild(_) => Usage::Unused,
        _ => Usage::Kept,
    }
}

// What the interpreter or PyO3 hands over, and no caller in Python.
fn is_given(call: &Call, ty: &Type) -> bool {
    let last = match ty {
        Type::Path(path) => path
            .path
            .segments
            .last()
            .map(|segment| segment.ident.to_string()),
        _ => None,
    };
    if last.as_deref() == Some("Python") {
        return true;
    }
    match call.name.as_str() {
        "__richcmp__" => last.as_deref() == Some("CompareOp"),
        "__traverse__" | "__getbuffer__" | "__releasebuffer__" => call.class.is_some(),
        _ => false,
    }
}

fn around_type(around: Around, item: &Item, rust: &str) -> Around {
    let itself = syn::parse_str(&format!("crate::{rust}")).ok();
    let around = match item {
        Item::Struct(item) => around.with(&item.generics),
        Item::Enum(item) => around.with(&item.generics),
        _ => around,
    };
    Around { itself, ..around }
}

fn each_field(item: &Item, mut told: impl FnMut(Option<&Ident>, usize, &syn::Field)) {
    match item {
        Item::Struct(item) => {
            for (place, field) in exist(&item.fields) {
                told(None, place, field);
            }
        }
        Item::Enum(item) => {
            for variant in item
                .variants
                .iter()
                .filter(|variant| !is_test(&variant.attrs))
            {
                for (place, field) in exist(&variant.fields) {
                    told(Some(&variant.ident), place, field);
                }
            }
        }
        _ => {}
    }
}

fn exist(fields: &Fields) -> impl Iterator<Item = (usize, &syn::Field)> {
    fields
        .iter()
        .filter(|field| !is_test(&field.attrs))
        .enumerate()
}

fn is_test(attributes: &[Attribute]) -> bool {
    Attributes::of(attributes).is_test()
}

fn is_newtype(fields: &Fields) -> bool {
    matches!(fields, Fields::Unnamed(fields) if fields.unnamed.len() == 1)
}

fn kind(item: &Item) -> &'static str {
    match item {
        Item::Enum(_) => "enum",
        Item::Union(_) => "union",
        _ => "struct",
    }
}

fn value(settings: &[Setting], name: &str) -> Option<String> {
    settings
        .iter()
        .find(|setting| setting.name == name)
        .and_then(Setting::plain)
}

fn texts(settings: Vec<Setting>) -> Vec<String> {
    settings.into_iter().map(|setting| setting.text).collect()
}

fn line(span: Span) -> usize {
    span.start().line
}

// The rules of `rename_all`.
fn renamed(name: &str, rule: Option<&str>) -> String {
    let words = words(name);
    let title = |word: &String| {
        let mut letters = word.chars();
        let first: String = letters
            .next()
            .into_iter()
            .flat_map(char::to_uppercase)
            .collect();
        first + letters.as_str()
    };
    match rule {
        Some("lowercase") => name.to_lowercase(),
        Some("UPPERCASE") => name.to_uppercase(),
        Some("PascalCase") => words.iter().map(title).collect(),
        Some("camelCase") => {
            let rest: String = words.iter().skip(1).map(title).collect();
            words.first().cloned().unwrap_or_default() + &rest
        }
        Some("snake_case") => words.join("_"),
        Some("kebab-case") => words.join("-"),
        Some("SCREAMING_SNAKE_CASE") => words.join("_").to_uppercase(),
        Some("SCREAMING-KEBAB-CASE") => words.join("-").to_uppercase(),
        _ => name.to_owned(),
    }
}

fn words(name: &str) -> Vec<String> {
    let letters: Vec<char> = name.chars().collect();
    let mut words = vec![String::new()];
    for (at, letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).map(|at| letters[at]);
        let after = letters.get(at + 1);
        let starts = letter.is_uppercase()
            && (before.is_some_and(|before| !before.is_uppercase())
                || after.is_some_and(|after| after.is_lowercase()));
        if *letter == '_' || starts {
            words.push(String::new());
        }
        if *letter != '_' {
            if let Some(word) = words.last_mut() {
                word.extend(letter.to_lowercase());
            }
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::renamed;

    #[test]
    fn fields_are_renamed() {
        let all = |name| {
            [
                "camelCase",
                "PascalCase",
                "SCREAMING_SNAKE_CASE",
                "kebab-case",
                "UPPERCASE",
            ]
            .map(|rule| renamed(name, Some(rule)))
        };
        assert_eq!(
            all("max_size"),
            ["maxSize", "MaxSize", "MAX_SIZE", "max-size", "MAX_SIZE"]
        );
        assert_eq!(
            all("HttpOk"),
            ["httpOk", "HttpOk", "HTTP_OK", "http-ok", "HTTPOK"]
        );
        assert_eq!(renamed("HTTPServer", Some("snake_case")), "http_server");
        assert_eq!(renamed("a_b", None), "a_b");
    }
}
