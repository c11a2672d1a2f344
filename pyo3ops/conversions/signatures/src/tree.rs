//! The modules of a crate: the files that `mod` leads to, parsed.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::rc::Rc;

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::visit_mut::{self, VisitMut};
use syn::{Item, ItemMod, ItemType, Stmt, UseTree, Visibility};

use crate::attributes::Attributes;
use crate::text;

/// Something that cannot be seen, and why.
pub struct Skipped {
    pub file: Rc<str>,
    pub line: usize,
    pub why: String,
    /// Whether it is known to hold what PyO3 reads.
    pub pyo3: bool,
}

/// What a name in a module stands for.
pub enum Name {
    Module(usize),
    Declared,
    Alias(Rc<ItemType>),
    Import(Import),
}

/// The path of a `use`.
pub struct Import {
    pub path: Vec<String>,
    pub absolute: bool,
}

/// A name, or a glob, with whether others than the module and those in it may use it.
pub struct Entry<T> {
    pub what: T,
    pub public: bool,
}

/// A module, or the body of a function that declares items.
pub struct Scope {
    pub parent: Option<usize>,
    pub block: bool,
    pub path: Vec<String>,
    pub file: Rc<str>,
    pub conditions: Vec<String>,
    pub items: Vec<Item>,
    pub names: HashMap<String, Vec<Entry<Name>>>,
    pub globs: Vec<Entry<Import>>,
}

/// A crate.
#[derive(Default)]
pub struct Tree {
    pub scopes: Vec<Scope>,
    pub skipped: Vec<Skipped>,
    // Macros of the crate whose rules hold what PyO3 would read.
    makers: HashSet<String>,
    calls: Vec<Call>,
    open: Vec<PathBuf>,
}

struct Call {
    name: String,
    file: Rc<str>,
    line: usize,
    holds: bool,
}

// Where `mod x;` is looked for.
struct Place {
    file: PathBuf,
    children: PathBuf,
    inline: bool,
}

// What a scope inherits.
struct Outer {
    parent: Option<usize>,
    block: bool,
    path: Vec<String>,
    file: Rc<str>,
    conditions: Vec<String>,
}

// The items in the blocks of a function, at any depth, but for those in such items.
#[derive(Default)]
struct Inner {
    items: Vec<Item>,
}

impl Inner {
    fn of(visit: impl FnOnce(&mut Inner)) -> Inner {
        let mut inner = Inner::default();
        visit(&mut inner);
        inner
    }
}

impl VisitMut for Inner {
    fn visit_stmt_mut(&mut self, statement: &mut Stmt) {
        if let Stmt::Item(item) = statement {
            self.items
                .push(std::mem::replace(item, Item::Verbatim(TokenStream::new())));
        } else {
            visit_mut::visit_stmt_mut(self, statement);
        }
    }
}

impl Tree {
    /// The crate whose root file that is, or why the file cannot be read.
    pub fn read(root: &Path) -> io::Result<Tree> {
        let bytes = fs::read(root)?;
        let mut tree = Tree::default();
        let outer = Outer {
            parent: None,
            block: false,
            path: Vec::new(),
            file: shown(root),
            conditions: Vec::new(),
        };
        tree.file(root, &bytes, true, outer);
        tree.tell_calls();
        Ok(tree)
    }

    fn skip(&mut self, file: &Rc<str>, line: usize, why: String) {
        let file = Rc::clone(file);
        self.skipped.push(Skipped {
            file,
            line,
            why,
            pyo3: false,
        });
    }

    fn file(
        &mut self,
        path: &Path,
        bytes: &[u8],
        owns_folder: bool,
        outer: Outer,
    ) -> Option<usize> {
        let canonical = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        if self.open.contains(&canonical) {
            self.skip(&outer.file, 1, "the file is a module of itself".to_owned());
            return None;
        }
        let parsed = match parse(bytes) {
            Ok(parsed) => parsed,
            Err((line, why)) => {
                self.skip(&outer.file, line, format!("does not parse: {why}"));
                return None;
            }
        };
        let attributes = Attributes::of(&parsed.attrs);
        if attributes.is_test() {
            return None;
        }
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        let place = Place {
            children: if owns_folder {
                folder.clone()
            } else {
                folder.join(path.file_stem().unwrap_or_default())
            },
            file: folder,
            inline: false,
        };
        let mut outer = outer;
        outer.conditions.extend(attributes.conditions());
        self.open.push(canonical);
        let scope = self.scope(parsed.items, &place, outer);
        self.open.pop();
        Some(scope)
    }

    fn scope(&mut self, items: Vec<Item>, place: &Place, outer: Outer) -> usize {
        let id = self.scopes.len();
        self.scopes.push(Scope {
            parent: outer.parent,
            block: outer.block,
            path: outer.path,
            file: outer.file,
            conditions: outer.conditions,
            items: Vec::new(),
            names: HashMap::new(),
            globs: Vec::new(),
        });
        let mut kept = Vec::new();
        for mut item in items {
            if attributes_of(&item).is_some_and(|attributes| Attributes::of(attributes).is_test()) {
                continue;
            }
            self.register(id, &mut item, place);
            kept.push(item);
        }
        self.scopes[id].items = kept;
        id
    }

    fn name(&mut self, scope: usize, ident: &syn::Ident, what: Name, vis: &Visibility) {
        let public = !matches!(vis, Visibility::Inherited);
        let entries = self.scopes[scope]
            .names
            .entry(ident.unraw().to_string())
            .or_default();
        entries.push(Entry { what, public });
    }

    fn register(&mut self, id: usize, item: &mut Item, place: &Place) {
        match item {
            Item::Struct(item) => self.name(id, &item.ident, Name::Declared, &item.vis),
            Item::Enum(item) => self.name(id, &item.ident, Name::Declared, &item.vis),
            Item::Union(item) => self.name(id, &item.ident, Name::Declared, &item.vis),
            Item::Trait(item) => self.name(id, &item.ident, Name::Declared, &item.vis),
            Item::TraitAlias(item) => self.name(id, &item.ident, Name::Declared, &item.vis),
            Item::Type(item) => {
                let alias = Name::Alias(Rc::new(item.clone()));
                self.name(id, &item.ident, alias, &item.vis);
            }
            Item::ExternCrate(item) => {
                let import = Import {
                    path: vec![item.ident.unraw().to_string()],
                    absolute: item.ident != "self",
                };
                let ident = item.rename.as_ref().map_or(&item.ident, |(_, ident)| ident);
                self.name(id, ident, Name::Import(import), &item.vis);
            }
            Item::Use(item) => {
                let absolute = item.leading_colon.is_some();
                self.import(id, &item.tree, &mut Vec::new(), absolute, &item.vis);
            }
            Item::Mod(item) => self.module(id, item, place),
            Item::Fn(item) => {
                let name = item.sig.ident.unraw().to_string();
                let attributes = Attributes::of(&item.attrs);
                let inner = Inner::of(|inner| inner.visit_item_fn_mut(item));
                self.block(id, inner, Some(name), &attributes, place);
            }
            Item::Macro(item) => {
                let tokens = item.mac.tokens.clone();
                if let Some(ident) = &item.ident {
                    if holds(tokens) {
                        self.makers.insert(ident.to_string());
                    }
                } else {
                    let path = &item.mac.path;
                    let name = text::normal(quote::ToTokens::to_token_stream(path));
                    self.call(id, name, path.span().start().line, tokens);
                }
            }
            Item::Impl(item) => {
                let attributes = Attributes::of(&item.attrs);
                let inner = Inner::of(|inner| inner.visit_item_impl_mut(item));
                self.block(id, inner, None, &attributes, place);
                let seen = attributes.has("pymethods");
                for item in item.items.iter().filter(|_| seen) {
                    if let syn::ImplItem::Macro(item) = item {
                        let path = &item.mac.path;
                        let name = text::normal(quote::ToTokens::to_token_stream(path));
                        self.call(id, name, path.span().start().line, item.mac.tokens.clone());
                    }
                }
            }
            Item::Verbatim(tokens) => {
                let line = tokens.span().start().line;
                let file = Rc::clone(&self.scopes[id].file);
                self.skip(
                    &file,
                    line,
                    "an item in a syntax that is not known".to_owned(),
                );
            }
            _ => {}
        }
    }

    // Items in the bodies of functions, where modules are made and callbacks are written.
    fn block(
        &mut self,
        id: usize,
        inner: Inner,
        name: Option<String>,
        attributes: &Attributes,
        place: &Place,
    ) {
        if !inner.items.is_empty() {
            let outer = self.outer(id, true, name, attributes);
            self.scope(inner.items, place, outer);
        }
    }

    fn outer(
        &self,
        id: usize,
        block: bool,
        name: Option<String>,
        attributes: &Attributes,
    ) -> Outer {
        let scope = &self.scopes[id];
        let mut conditions = scope.conditions.clone();
        conditions.extend(attributes.conditions());
        let path = scope.path.iter().cloned().chain(name).collect();
        Outer {
            parent: Some(id),
            block,
            path,
            file: Rc::clone(&scope.file),
            conditions,
        }
    }

    fn import(
        &mut self,
        id: usize,
        tree: &UseTree,
        path: &mut Vec<String>,
        absolute: bool,
        vis: &Visibility,
    ) {
        match tree {
            UseTree::Path(tree) => {
                path.push(tree.ident.unraw().to_string());
                self.import(id, &tree.tree, path, absolute, vis);
                path.pop();
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.import(id, tree, path, absolute, vis);
                }
            }
            UseTree::Glob(_) => {
                let what = Import {
                    path: path.clone(),
                    absolute,
                };
                let public = !matches!(vis, Visibility::Inherited);
                self.scopes[id].globs.push(Entry { what, public });
            }
            UseTree::Name(_) | UseTree::Rename(_) => {
                let (ident, rename) = match tree {
                    UseTree::Rename(tree) => (&tree.ident, Some(&tree.rename)),
                    UseTree::Name(tree) => (&tree.ident, None),
                    _ => return,
                };
                let mut full = path.clone();
                // `use a::b::{self}` brings `b`.
                let itself = ident == "self" && !path.is_empty();
                if !itself {
                    full.push(ident.unraw().to_string());
                }
                let name = match (rename, full.last()) {
                    (Some(rename), _) => rename.unraw().to_string(),
                    (None, Some(last)) => last.clone(),
                    (None, None) => return,
                };
                let what = Name::Import(Import {
                    path: full,
                    absolute,
                });
                let public = !matches!(vis, Visibility::Inherited);
                let entries = self.scopes[id].names.entry(name).or_default();
                entries.push(Entry { what, public });
            }
        }
    }

    fn module(&mut self, id: usize, item: &mut ItemMod, place: &Place) {
        let name = item.ident.unraw().to_string();
        let attributes = Attributes::of(&item.attrs);
        let paths = attributes.paths();
        let base = if place.inline {
            &place.children
        } else {
            &place.file
        };
        if let Some((_, items)) = item.content.take() {
            let place = Place {
                file: place.file.clone(),
                children: match paths.iter().find(|(_, conditional)| !conditional) {
                    Some((path, _)) => base.join(path),
                    None => place.children.join(&name),
                },
                inline: true,
            };
            let outer = self.outer(id, false, Some(name), &attributes);
            let child = self.scope(items, &place, outer);
            self.name(id, &item.ident, Name::Module(child), &item.vis);
            return;
        }
        let certain = paths.iter().any(|(_, conditional)| !conditional);
        let mut candidates: Vec<(PathBuf, bool)> = paths
            .iter()
            .map(|(path, _)| (base.join(path), true))
            .collect();
        if !certain {
            let file = place.children.join(format!("{name}.rs"));
            let folder = place.children.join(&name).join("mod.rs");
            if file.is_file() || !folder.is_file() {
                candidates.push((file, false));
            } else {
                candidates.push((folder, true));
            }
        }
        let mut found = false;
        let mut missing = Vec::new();
        for (path, owns_folder) in candidates {
            match fs::read(&path) {
                Ok(bytes) => {
                    found = true;
                    let mut outer = self.outer(id, false, Some(name.clone()), &attributes);
                    outer.file = shown(&path);
                    if let Some(child) = self.file(&path, &bytes, owns_folder, outer) {
                        self.name(id, &item.ident, Name::Module(child), &item.vis);
                    }
                }
                Err(error) => missing.push(format!("{} ({error})", shown(&path))),
            }
        }
        if !found {
            let file = Rc::clone(&self.scopes[id].file);
            let why = format!("mod {name}: cannot read {}", missing.join(", "));
            self.skip(&file, item.ident.span().start().line, why);
        }
    }

    fn call(&mut self, id: usize, name: String, line: usize, tokens: TokenStream) {
        let file = Rc::clone(&self.scopes[id].file);
        let holds = holds(tokens);
        self.calls.push(Call {
            name,
            file,
            line,
            holds,
        });
    }

    // Last, as a macro may be written below its first use.
    fn tell_calls(&mut self) {
        for call in std::mem::take(&mut self.calls) {
            let name = call.name;
            let last = name.rsplit("::").next().unwrap_or_default();
            let why = if last == "include" {
                format!("{name}!: the file is not followed")
            } else {
                format!("{name}!: macros are not expanded")
            };
            self.skipped.push(Skipped {
                pyo3: call.holds || self.makers.contains(last),
                file: call.file,
                line: call.line,
                why,
            });
        }
    }
}

/// The attributes of an item.
pub fn attributes_of(item: &Item) -> Option<&[syn::Attribute]> {
    Some(match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::ExternCrate(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::ForeignMod(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::TraitAlias(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => return None,
    })
}

fn holds(tokens: TokenStream) -> bool {
    any(tokens, &|token| {
        matches!(token, TokenTree::Ident(ident)
            if ["pyfunction", "pymethods", "pyclass", "FromPyObject"].iter().any(|name| ident == name))
    })
}

fn any(tokens: TokenStream, wanted: &impl Fn(&TokenTree) -> bool) -> bool {
    tokens.into_iter().any(|token| {
        wanted(&token) || matches!(token, TokenTree::Group(group) if any(group.stream(), wanted))
    })
}

// How deep a parser that calls itself may have to go: ten for each bracket, as what is in it is parsed
// through many functions, and one for each sign that may stand before the next.
const DEEPEST: usize = 5_000;
const BRACKET: usize = 10;

fn parse(bytes: &[u8]) -> Result<syn::File, (usize, String)> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
        let line = before.matches('\n').count() + 1;
        (line, "it is not UTF-8".to_owned())
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let shebang = text.starts_with("#!") && !text[2..].trim_start().starts_with('[');
    let text = match text.find('\n') {
        Some(end) if shebang => &text[end..],
        None if shebang => "",
        _ => text,
    };
    // What was taken away with the first line is its text, not its end, so that lines still count.
    let tokens: TokenStream = text
        .parse()
        .map_err(|error: proc_macro2::LexError| (error.span().start().line, error.to_string()))?;
    if let Some(line) = too_deep(tokens.clone()) {
        return Err((line, "it is nested too deeply".to_owned()));
    }
    syn::parse2(tokens).map_err(|error| (error.span().start().line, error.to_string()))
}

fn too_deep(tokens: TokenStream) -> Option<usize> {
    let mut waiting = vec![(tokens, 0)];
    while let Some((tokens, depth)) = waiting.pop() {
        let (mut signs, mut angles, mut last) = (0, 0_usize, ' ');
        for token in tokens {
            let here = depth + signs + angles;
            if here > DEEPEST {
                return Some(token.span().start().line);
            }
            last = match token {
                TokenTree::Group(group) => {
                    if group.delimiter() == Delimiter::Brace {
                        (signs, angles) = (0, 0);
                    }
                    waiting.push((group.stream(), here + BRACKET));
                    ' '
                }
                TokenTree::Punct(punct) => {
                    match punct.as_char() {
                        ';' => (signs, angles) = (0, 0),
                        ',' => signs = 0,
                        '<' => angles += 1,
                        '>' | '-' if last == '-' => signs += 1,
                        '>' => angles = angles.saturating_sub(1),
                        '&' | '*' | '!' | '|' => signs += 1,
                        _ => {}
                    }
                    punct.as_char()
                }
                _ => ' ',
            };
        }
    }
    None
}

/// A path as it is shown: without detours, and with `/` on every system.
pub fn shown(path: &Path) -> Rc<str> {
    let mut parts: Vec<Component> = Vec::new();
    for component in path.components() {
        match (component, parts.last()) {
            (Component::CurDir, _) => {}
            (Component::ParentDir, Some(Component::Normal(_))) => {
                parts.pop();
            }
            _ => parts.push(component),
        }
    }
    let path: PathBuf = parts.iter().collect();
    let text = path.to_string_lossy();
    if cfg!(windows) {
        text.replace('\\', "/").into()
    } else {
        text.into()
    }
}
