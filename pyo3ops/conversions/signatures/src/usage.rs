//! What a function's body does with an argument.

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{
    BinOp, Block, Expr, ExprAsync, ExprBinary, ExprCall, ExprIndex, ExprMacro, ExprMethodCall,
    ExprPath, ExprReference, ExprUnary, Macro, UnOp,
};

/// What becomes of an argument; whatever is not understood is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Usage {
    /// Nothing looks at it.
    Unused,
    /// It is looked at where it is: what is borrowed would do.
    Read,
    /// It is moved, changed, or handed to something that may do so.
    Kept,
}

impl Usage {
    /// The word that is printed.
    pub fn name(self) -> &'static str {
        match self {
            Usage::Unused => "unused",
            Usage::Read => "read",
            Usage::Kept => "kept",
        }
    }
}

// Methods of text, bytes, paths, slices and maps that take `&self`; what they give back is new, or borrowed.
const READING: &[&str] = &[
    "as_bytes",
    "as_deref",
    "as_os_str",
    "as_path",
    "as_ptr",
    "as_ref",
    "as_slice",
    "as_str",
    "binary_search",
    "borrow",
    "bytes",
    "char_indices",
    "chars",
    "chunks",
    "clone",
    "cmp",
    "concat",
    "contains",
    "contains_key",
    "display",
    "ends_with",
    "eq",
    "eq_ignore_ascii_case",
    "exists",
    "extension",
    "file_name",
    "find",
    "first",
    "get",
    "hash",
    "is_absolute",
    "is_ascii",
    "is_char_boundary",
    "is_dir",
    "is_empty",
    "is_file",
    "is_none",
    "is_some",
    "iter",
    "join",
    "keys",
    "last",
    "len",
    "lines",
    "ne",
    "parent",
    "parse",
    "partial_cmp",
    "repeat",
    "replace",
    "rfind",
    "rsplit",
    "split",
    "split_at",
    "split_once",
    "split_whitespace",
    "splitn",
    "starts_with",
    "strip_prefix",
    "strip_suffix",
    "to_ascii_lowercase",
    "to_ascii_uppercase",
    "to_lowercase",
    "to_owned",
    "to_path_buf",
    "to_str",
    "to_string",
    "to_string_lossy",
    "to_uppercase",
    "to_vec",
    "trim",
    "trim_end",
    "trim_start",
    "values",
    "windows",
];

// Macros that borrow what they are handed.
const FORMATTING: &[&str] = &[
    "assert",
    "assert_eq",
    "assert_ne",
    "debug",
    "debug_assert",
    "debug_assert_eq",
    "eprintln",
    "error",
    "format",
    "info",
    "panic",
    "print",
    "println",
    "trace",
    "unreachable",
    "warn",
    "write",
    "writeln",
];

/// What a body does with the argument of that name.
pub fn of(body: &Block, name: &str) -> Usage {
    let mut looking = Looking {
        name,
        found: Usage::Unused,
        elsewhere: false,
    };
    looking.visit_block(body);
    looking.found
}

struct Looking<'a> {
    name: &'a str,
    found: Usage,
    // In something that may run when the call is over.
    elsewhere: bool,
}

impl Looking<'_> {
    fn is_it(&self, expression: &Expr) -> bool {
        match expression {
            Expr::Path(path) => path.path.is_ident(self.name),
            Expr::Paren(inner) => self.is_it(&inner.expr),
            Expr::Group(inner) => self.is_it(&inner.expr),
            _ => false,
        }
    }

    fn note(&mut self, usage: Usage) {
        let usage = if self.elsewhere { Usage::Kept } else { usage };
        self.found = self.found.max(usage);
    }

    fn in_something_else(&mut self, visit: impl FnOnce(&mut Self)) {
        let before = std::mem::replace(&mut self.elsewhere, true);
        visit(self);
        self.elsewhere = before;
    }
}

impl<'ast> Visit<'ast> for Looking<'_> {
    fn visit_expr_path(&mut self, path: &'ast ExprPath) {
        if path.path.is_ident(self.name) {
            self.note(Usage::Kept);
        }
    }

    fn visit_expr_reference(&mut self, reference: &'ast ExprReference) {
        if self.is_it(&reference.expr) {
            let shared = reference.mutability.is_none();
            self.note(if shared { Usage::Read } else { Usage::Kept });
        } else {
            visit::visit_expr_reference(self, reference);
        }
    }

    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        let method = call.method.to_string();
        if self.is_it(&call.receiver) {
            let reads = READING.contains(&method.as_str());
            self.note(if reads { Usage::Read } else { Usage::Kept });
        } else {
            self.visit_expr(&call.receiver);
        }
        let apart = method.starts_with("spawn");
        for argument in &call.args {
            if apart {
                self.in_something_else(|looking| looking.visit_expr(argument));
            } else {
                self.visit_expr(argument);
            }
        }
    }

    fn visit_expr_call(&mut self, call: &'ast ExprCall) {
        let apart = match &*call.func {
            Expr::Path(path) => path
                .path
                .segments
                .last()
                .is_some_and(|segment| segment.ident.to_string().starts_with("spawn")),
            _ => false,
        };
        if apart {
            self.in_something_else(|looking| visit::visit_expr_call(looking, call));
        } else {
            visit::visit_expr_call(self, call);
        }
    }

    fn visit_expr_index(&mut self, index: &'ast ExprIndex) {
        if self.is_it(&index.expr) {
            self.note(Usage::Read);
        } else {
            self.visit_expr(&index.expr);
        }
        self.visit_expr(&index.index);
    }

    fn visit_expr_binary(&mut self, binary: &'ast ExprBinary) {
        let compares = matches!(
            binary.op,
            BinOp::Eq(_) | BinOp::Ne(_) | BinOp::Lt(_) | BinOp::Le(_) | BinOp::Gt(_) | BinOp::Ge(_)
        );
        for side in [&*binary.left, &*binary.right] {
            if compares && self.is_it(side) {
                self.note(Usage::Read);
            } else {
                self.visit_expr(side);
            }
        }
    }

    fn visit_expr_unary(&mut self, unary: &'ast ExprUnary) {
        if matches!(unary.op, UnOp::Deref(_)) && self.is_it(&unary.expr) {
            self.note(Usage::Read);
        } else {
            visit::visit_expr_unary(self, unary);
        }
    }

    // What it gives back may outlive the call.
    fn visit_expr_async(&mut self, block: &'ast ExprAsync) {
        self.in_something_else(|looking| visit::visit_expr_async(looking, block));
    }

    fn visit_expr_macro(&mut self, call: &'ast ExprMacro) {
        self.visit_macro(&call.mac);
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        if mentions(&call.tokens, self.name) {
            let borrows =
                call.path.segments.last().is_some_and(|segment| {
                    FORMATTING.contains(&segment.ident.to_string().as_str())
                });
            self.note(if borrows { Usage::Read } else { Usage::Kept });
        }
    }
}

fn mentions(tokens: &TokenStream, name: &str) -> bool {
    tokens.clone().into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == name,
        TokenTree::Group(group) => mentions(&group.stream(), name),
        // `{name}` in a text to format.
        TokenTree::Literal(literal) => {
            let text = literal.to_string();
            text.contains(&format!("{{{name}}}")) || text.contains(&format!("{{{name}:"))
        }
        TokenTree::Punct(_) => false,
    })
}

#[cfg(test)]
mod tests {
    use super::{of, Usage};

    fn used(body: &str) -> Usage {
        of(&syn::parse_str(&format!("{{ {body} }}")).unwrap(), "x")
    }

    #[test]
    fn what_is_only_looked_at_is_read() {
        for body in [
            "x.len()",
            "f(&x)",
            "g(&x[1..])",
            "x[0]",
            "x == y",
            "format!(\"{x}\")",
            "format!(\"{}\", x)",
            "let z = x.trim(); z.len()",
            "py.detach(|| digest(&x))",
            "(&x).len(); x.chars().map(|c| c).count()",
            "*x == 1",
        ] {
            assert_eq!(used(body), Usage::Read, "{body}");
        }
    }

    #[test]
    fn what_may_outlive_the_call_is_kept() {
        for body in [
            "x",
            "f(x)",
            "Self { x }",
            "Self { y: x }",
            "x.into_iter().sum()",
            "x.push(1)",
            "f(&mut x)",
            "vec![x]",
            "thread::spawn(move || x.len())",
            "runtime.spawn(async move { x.len() })",
            "async move { x.len() }",
            "let y = x; y.len()",
            "match x { _ => 1 }",
            "for y in x {}",
            "x.len(); Some(x)",
        ] {
            assert_eq!(used(body), Usage::Kept, "{body}");
        }
    }

    #[test]
    fn what_nobody_names_is_unused() {
        for body in ["", "y.x()", "self.x.len()", "S { x: 1 }", "x::f()"] {
            assert_eq!(used(body), Usage::Unused, "{body}");
        }
    }
}
