//! What a path in a type stands for.

use std::cell::Cell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use proc_macro2::Span;
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::punctuated::Punctuated;
use syn::visit_mut::{self, VisitMut};
use syn::{
    Expr, GenericArgument, GenericParam, Generics, Ident, ItemType, Lifetime, Path, PathArguments,
    PathSegment, Type, TypePath,
};

use crate::known;
use crate::text;
use crate::tree::{Import, Name, Tree};

/// What a path leads to.
pub enum Found {
    Modules(Vec<usize>),
    Alias {
        scope: usize,
        alias: Rc<ItemType>,
        path: Vec<String>,
    },
    Known(Vec<String>),
}

// Globs that bring one another make more ways than anybody can go.
const MOST_STEPS: usize = 5_000;
const DEEPEST: usize = 32;
const LONGEST: usize = 4_096;

struct Search<'a> {
    tree: &'a Tree,
    steps: usize,
    // Imports on the way, which are not asked about themselves.
    way: Vec<(usize, String, usize)>,
}

impl Tree {
    /// What a path stands for in a scope, where that can be told.
    pub fn find(&self, scope: usize, path: &[String], absolute: bool) -> Option<Found> {
        let mut search = Search {
            tree: self,
            steps: 0,
            way: Vec::new(),
        };
        search.path(scope, path, absolute)
    }

    /// A type with every path in it told in full.
    pub fn resolved(&self, ty: &Type, around: &Around) -> Type {
        let mut ty = ty.clone();
        let mut resolver = Resolver {
            tree: self,
            around,
            depth: 0,
            expanded: &Cell::new(0),
        };
        resolver.visit_type_mut(&mut ty);
        ty
    }

    fn full(&self, scope: usize, rest: &[&str]) -> Vec<String> {
        let path = self.scopes[scope].path.iter().map(String::as_str);
        ["crate"]
            .into_iter()
            .chain(path)
            .chain(rest.iter().copied())
            .map(str::to_owned)
            .collect()
    }

    fn module_of(&self, scope: usize) -> usize {
        let mut scope = scope;
        while self.scopes[scope].block {
            scope = self.scopes[scope].parent.unwrap_or(0);
        }
        scope
    }

    fn is_within(&self, inner: usize, outer: usize) -> bool {
        let mut at = Some(inner);
        while let Some(scope) = at {
            if scope == outer {
                return true;
            }
            at = self.scopes[scope].parent;
        }
        false
    }
}

impl Search<'_> {
    fn import(&mut self, scope: usize, import: &Import) -> Option<Found> {
        self.path(scope, &import.path, import.absolute)
    }

    fn path(&mut self, scope: usize, path: &[String], absolute: bool) -> Option<Found> {
        self.steps += 1;
        if self.steps > MOST_STEPS || self.way.len() > DEEPEST {
            return None;
        }
        let (head, rest) = path.split_first()?;
        if absolute {
            return Some(Found::Known(known::canonical(path.to_vec())));
        }
        let here = self.tree.module_of(scope);
        let found = match head.as_str() {
            "crate" => Found::Modules(vec![0]),
            "self" => Found::Modules(vec![here]),
            "super" => {
                let parent = self.tree.scopes[here].parent?;
                Found::Modules(vec![self.tree.module_of(parent)])
            }
            name => match self.visible(scope, name) {
                Some(found) => found,
                // No module and no import: the name of a crate.
                None if !rest.is_empty() => Found::Known(vec![name.to_owned()]),
                None => return None,
            },
        };
        self.walk(found, rest, scope)
    }

    fn walk(&mut self, found: Found, rest: &[String], asker: usize) -> Option<Found> {
        let mut found = found;
        for (index, name) in rest.iter().enumerate() {
            found = match found {
                Found::Modules(modules) if name == "super" => {
                    let parent = self.tree.scopes[*modules.first()?].parent?;
                    Found::Modules(vec![self.tree.module_of(parent)])
                }
                Found::Modules(modules) if name == "self" => Found::Modules(modules),
                Found::Modules(modules) => {
                    let next = modules
                        .iter()
                        .find_map(|module| self.inside(*module, name, asker));
                    let Some(next) = next else {
                        // Made by a macro, or in a file that was not read.
                        let rest: Vec<&str> = rest[index..].iter().map(String::as_str).collect();
                        return Some(Found::Known(self.tree.full(*modules.first()?, &rest)));
                    };
                    next
                }
                Found::Alias { path, .. } | Found::Known(path) => {
                    let path = path.into_iter().chain(rest[index..].iter().cloned());
                    return Some(Found::Known(known::canonical(path.collect())));
                }
            };
        }
        Some(match found {
            Found::Known(path) => Found::Known(known::canonical(path)),
            other => other,
        })
    }

    // A name without a path, from the innermost block outwards.
    fn visible(&mut self, scope: usize, name: &str) -> Option<Found> {
        let mut at = scope;
        loop {
            if let Some(found) = self.inside(at, name, scope) {
                return Some(found);
            }
            let here = &self.tree.scopes[at];
            if !here.block {
                return None;
            }
            at = here.parent?;
        }
    }

    fn inside(&mut self, scope: usize, name: &str, asker: usize) -> Option<Found> {
        let tree = self.tree;
        let here = &tree.scopes[scope];
        let trusted = tree.is_within(asker, scope);
        let entries = here.names.get(name).map_or(&[][..], Vec::as_slice);
        let seen = || {
            entries
                .iter()
                .enumerate()
                .filter(|(_, entry)| trusted || entry.public)
        };
        let mut modules = Vec::new();
        for (_, entry) in seen() {
            match &entry.what {
                Name::Module(module) => modules.push(*module),
                Name::Declared => return Some(Found::Known(tree.full(scope, &[name]))),
                Name::Alias(alias) => {
                    return Some(Found::Alias {
                        scope,
                        alias: Rc::clone(alias),
                        path: tree.full(scope, &[name]),
                    });
                }
                Name::Import(_) => {}
            }
        }
        if !modules.is_empty() {
            return Some(Found::Modules(modules));
        }
        for (index, entry) in seen() {
            let key = (scope, name.to_owned(), index);
            if let (Name::Import(import), false) = (&entry.what, self.way.contains(&key)) {
                self.way.push(key);
                // What a `use` names alone and nothing else declares is a crate.
                let found = self.import(scope, import).or_else(|| {
                    let lone = import.path.len() == 1;
                    lone.then(|| Found::Known(import.path.clone()))
                });
                self.way.pop();
                if found.is_some() {
                    return found;
                }
            }
        }
        for (index, glob) in here.globs.iter().enumerate() {
            let key = (scope, format!("*{name}"), index);
            if !(trusted || glob.public) || self.way.contains(&key) {
                continue;
            }
            self.way.push(key);
            let found = match self.import(scope, &glob.what) {
                Some(Found::Modules(modules)) => modules
                    .iter()
                    .filter(|module| **module != scope)
                    .find_map(|module| self.inside(*module, name, scope)),
                Some(Found::Known(path)) => known::glob(&path, name).map(Found::Known),
                _ => None,
            };
            self.way.pop();
            if found.is_some() {
                return found;
            }
        }
        None
    }
}

/// Where a type stands: what its names are looked up in.
#[derive(Clone, Default)]
pub struct Around {
    pub scope: usize,
    pub generics: HashSet<String>,
    pub itself: Option<Type>,
}

impl Around {
    /// A scope, without parameters.
    pub fn at(scope: usize) -> Around {
        Around {
            scope,
            ..Around::default()
        }
    }

    /// The same with the parameters of one more declaration.
    pub fn with(&self, generics: &Generics) -> Around {
        let mut around = self.clone();
        for parameter in &generics.params {
            match parameter {
                GenericParam::Type(parameter) => {
                    around.generics.insert(parameter.ident.to_string())
                }
                GenericParam::Const(parameter) => {
                    around.generics.insert(parameter.ident.to_string())
                }
                GenericParam::Lifetime(_) => false,
            };
        }
        around
    }
}

struct Resolver<'a> {
    tree: &'a Tree,
    around: &'a Around,
    depth: usize,
    expanded: &'a Cell<usize>,
}

impl VisitMut for Resolver<'_> {
    fn visit_type_mut(&mut self, ty: &mut Type) {
        let Type::Path(path) = ty else {
            visit_mut::visit_type_mut(self, ty);
            return;
        };
        if let Some(qself) = &mut path.qself {
            self.visit_type_mut(&mut qself.ty);
            self.arguments(&mut path.path);
            return;
        }
        self.arguments(&mut path.path);
        if let Some(told) = self.told(path) {
            *ty = told;
        }
    }

    // A trait, or a constant of a type.
    fn visit_path_mut(&mut self, path: &mut Path) {
        self.arguments(path);
        let names = names(path);
        if let Some(Found::Known(full) | Found::Alias { path: full, .. }) =
            self.tree
                .find(self.around.scope, &names, path.leading_colon.is_some())
        {
            if names.len() > 1 || !self.around.generics.contains(&names[0]) {
                *path = replaced(path, &full);
            }
        }
    }

    // A length, or an argument that is a value: nothing that conversions depend on.
    fn visit_expr_mut(&mut self, _: &mut Expr) {}
}

impl Resolver<'_> {
    fn arguments(&mut self, path: &mut Path) {
        for segment in &mut path.segments {
            self.visit_path_arguments_mut(&mut segment.arguments);
        }
    }

    fn told(&self, path: &TypePath) -> Option<Type> {
        let path = &path.path;
        let names = names(path);
        let head = names.first()?;
        if path.leading_colon.is_none() {
            if self.around.generics.contains(head) {
                return None;
            }
            if head == "Self" {
                let itself = self.around.itself.clone()?;
                if names.len() == 1 {
                    return Some(itself);
                }
                let Type::Path(mut itself) = itself else {
                    return None;
                };
                itself
                    .path
                    .segments
                    .extend(path.segments.iter().skip(1).cloned());
                return Some(Type::Path(itself));
            }
        }
        let absolute = path.leading_colon.is_some();
        let full = match self.tree.find(self.around.scope, &names, absolute)? {
            Found::Known(full) => full,
            Found::Modules(_) => return None,
            Found::Alias {
                scope,
                alias,
                path: full,
            } => {
                let arguments = &path.segments.last()?.arguments;
                match self.expanded(scope, &alias, arguments) {
                    Some(ty) => return Some(ty),
                    None => full,
                }
            }
        };
        Some(Type::Path(TypePath {
            attrs: Vec::new(),
            qself: None,
            path: replaced(path, &full),
        }))
    }

    fn expanded(&self, scope: usize, alias: &ItemType, given: &PathArguments) -> Option<Type> {
        self.expanded.set(self.expanded.get() + 1);
        if self.depth == DEEPEST || self.expanded.get() > LONGEST {
            return None;
        }
        let around = Around::at(scope).with(&alias.generics);
        let mut resolver = Resolver {
            tree: self.tree,
            around: &around,
            depth: self.depth + 1,
            expanded: self.expanded,
        };
        let given: Vec<&GenericArgument> = match given {
            PathArguments::AngleBracketed(given) => given.args.iter().collect(),
            _ => Vec::new(),
        };
        let (lifetimes, others): (Vec<_>, Vec<_>) = given
            .into_iter()
            .partition(|argument| matches!(argument, GenericArgument::Lifetime(_)));
        let (mut lifetimes, mut others) = (lifetimes.into_iter(), others.into_iter());
        let mut substitute = Substitute::default();
        for parameter in &alias.generics.params {
            match parameter {
                GenericParam::Lifetime(parameter) => {
                    let lifetime = match lifetimes.next() {
                        Some(GenericArgument::Lifetime(lifetime)) => lifetime.clone(),
                        _ => Lifetime::new("'_", Span::call_site()),
                    };
                    let name = parameter.lifetime.ident.to_string();
                    substitute.lifetimes.insert(name, lifetime);
                }
                GenericParam::Type(parameter) => {
                    let argument = others.next().cloned().or_else(|| {
                        let (_, default) = parameter.default.as_ref()?;
                        let mut default = default.clone();
                        resolver.visit_type_mut(&mut default);
                        substitute.visit_type_mut(&mut default);
                        Some(GenericArgument::Type(default))
                    });
                    if let Some(argument) = argument {
                        substitute
                            .arguments
                            .insert(parameter.ident.to_string(), argument);
                    }
                }
                GenericParam::Const(parameter) => {
                    if let Some(argument) = others.next() {
                        let name = parameter.ident.to_string();
                        substitute.arguments.insert(name, argument.clone());
                    }
                }
            }
        }
        let mut ty = (*alias.ty).clone();
        resolver.visit_type_mut(&mut ty);
        substitute.visit_type_mut(&mut ty);
        (text::normal(ty.to_token_stream()).len() <= LONGEST).then_some(ty)
    }
}

#[derive(Default)]
struct Substitute {
    lifetimes: HashMap<String, Lifetime>,
    arguments: HashMap<String, GenericArgument>,
}

impl VisitMut for Substitute {
    fn visit_type_mut(&mut self, ty: &mut Type) {
        if let Type::Path(path) = ty {
            let ident = path
                .qself
                .is_none()
                .then(|| path.path.get_ident())
                .flatten();
            if let Some(GenericArgument::Type(argument)) =
                ident.and_then(|ident| self.arguments.get(&ident.to_string()))
            {
                *ty = argument.clone();
                return;
            }
        }
        visit_mut::visit_type_mut(self, ty);
    }

    fn visit_expr_mut(&mut self, expression: &mut Expr) {
        if let Expr::Path(path) = expression {
            let ident = path.path.get_ident().map(Ident::to_string);
            let argument = ident.and_then(|name| self.arguments.get(&name));
            let replacement = match argument {
                Some(GenericArgument::Const(value)) => Some(value.clone()),
                Some(GenericArgument::Type(ty)) => syn::parse2(ty.to_token_stream()).ok(),
                _ => None,
            };
            if let Some(replacement) = replacement {
                *expression = replacement;
                return;
            }
        }
        visit_mut::visit_expr_mut(self, expression);
    }

    fn visit_generic_argument_mut(&mut self, argument: &mut GenericArgument) {
        if let GenericArgument::Type(Type::Path(path)) = argument {
            let ident = path.path.get_ident().map(Ident::to_string);
            if let Some(given @ GenericArgument::Const(_)) =
                ident.and_then(|name| self.arguments.get(&name))
            {
                *argument = given.clone();
                return;
            }
        }
        visit_mut::visit_generic_argument_mut(self, argument);
    }

    fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
        if let Some(given) = self.lifetimes.get(&lifetime.ident.to_string()) {
            *lifetime = given.clone();
        }
    }
}

fn names(path: &Path) -> Vec<String> {
    path.segments
        .iter()
        .map(|segment| segment.ident.unraw().to_string())
        .collect()
}

// The arguments stay with the names that they were written after, counted from the end.
fn replaced(path: &Path, full: &[String]) -> Path {
    let mut segments: Punctuated<PathSegment, syn::Token![::]> = Punctuated::new();
    let count = path.segments.len();
    for (index, name) in full.iter().enumerate() {
        let from_end = full.len() - index;
        let arguments = count
            .checked_sub(from_end)
            .and_then(|at| path.segments.get(at))
            .map_or(PathArguments::None, |segment| segment.arguments.clone());
        let ident = syn::parse_str::<Ident>(name).unwrap_or_else(|_| raw(name));
        segments.push(PathSegment { ident, arguments });
    }
    Path {
        leading_colon: None,
        segments,
    }
}

fn raw(name: &str) -> Ident {
    match name {
        "crate" | "self" | "super" | "Self" | "_" => Ident::new(name, Span::call_site()),
        _ => Ident::new_raw(name, Span::call_site()),
    }
}
