//! Arithmetic expressions: text to postfix code, code to a value. No Python here.
//!
//! Precedence and associativity are Python's: `-2 ** 2` is -4, `2 ** 3 ** 2` is 512.

use std::collections::HashMap;
use std::fmt;

/// Parentheses, powers and signs may nest this deep: the parser recurses, and a deeper text would end the process.
pub const MAX_DEPTH: usize = 200;

/// What can be wrong with a text or with its values.
#[derive(Debug, Clone, PartialEq)]
pub enum Error {
    /// `position` counts characters, not bytes.
    Syntax {
        position: usize,
        message: String,
    },
    Undefined {
        name: String,
    },
    DivisionByZero,
    Domain {
        message: &'static str,
    },
    Overflow,
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax { position, message } => {
                write!(formatter, "{message} at position {position}")
            }
            Self::Undefined { name } => write!(formatter, "variable {name:?} has no value"),
            Self::DivisionByZero => formatter.write_str("division by zero"),
            Self::Domain { message } => formatter.write_str(message),
            Self::Overflow => formatter.write_str("the result is too large"),
        }
    }
}

impl std::error::Error for Error {}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Function {
    Abs,
    Cos,
    Exp,
    Ln,
    Sin,
    Sqrt,
}

const FUNCTIONS: [(&str, Function); 6] = [
    ("abs", Function::Abs),
    ("cos", Function::Cos),
    ("exp", Function::Exp),
    ("ln", Function::Ln),
    ("sin", Function::Sin),
    ("sqrt", Function::Sqrt),
];

#[derive(Debug, Clone, Copy, PartialEq)]
enum Step {
    Number(f64),
    Variable(usize),
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
    Negate,
    Call(Function),
}

/// An expression as postfix code.
#[derive(Debug, Clone, PartialEq)]
pub struct Compiled {
    steps: Vec<Step>,
    names: Vec<String>,
}

impl Compiled {
    /// Compile a text, in time linear in its length.
    pub fn new(source: &str) -> Result<Self, Error> {
        let mut parser = Parser::new(source);
        parser.sum(0)?;
        match parser.peek() {
            None => Ok(Self {
                steps: parser.steps,
                names: parser.names,
            }),
            Some(found) => Err(parser.error(format!("unexpected {found:?}"))),
        }
    }

    /// The variables, in order of appearance.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The value for one set of variables.
    pub fn evaluate(&self, variables: &HashMap<String, f64>) -> Result<f64, Error> {
        self.run(&self.bind(variables)?, &mut Vec::new())
    }

    /// The value for each value of one variable, in the place of those values.
    pub fn map(&self, name: &str, mut values: Vec<f64>) -> Result<Vec<f64>, Error> {
        let slot = self.names.iter().position(|each| each == name);
        let mut bound = self.bind(&HashMap::from([(name.to_owned(), 0.0)]))?;
        let mut stack = Vec::new();
        for value in &mut values {
            if let Some(slot) = slot {
                bound[slot] = *value;
            }
            *value = self.run(&bound, &mut stack)?;
        }
        Ok(values)
    }

    fn bind(&self, variables: &HashMap<String, f64>) -> Result<Vec<f64>, Error> {
        let value = |name: &String| {
            variables
                .get(name)
                .copied()
                .ok_or_else(|| Error::Undefined { name: name.clone() })
        };
        self.names.iter().map(value).collect()
    }

    fn run(&self, variables: &[f64], stack: &mut Vec<f64>) -> Result<f64, Error> {
        stack.clear();
        for step in &self.steps {
            let value = match *step {
                Step::Number(number) => number,
                Step::Variable(slot) => variables[slot],
                Step::Negate => -pop(stack),
                Step::Call(function) => call(function, pop(stack))?,
                Step::Add | Step::Subtract | Step::Multiply | Step::Divide | Step::Power => {
                    let right = pop(stack);
                    binary(*step, pop(stack), right)?
                }
            };
            stack.push(value);
        }
        let result = pop(stack);
        if result.is_nan() {
            // Of a variable that is none, or of infinities on the way.
            return Err(Error::Domain {
                message: "the result is not a number",
            });
        }
        if result.is_infinite() {
            return Err(Error::Overflow);
        }
        Ok(result)
    }
}

/// The parser emits no code that takes more values than it pushed.
fn pop(stack: &mut Vec<f64>) -> f64 {
    stack.pop().unwrap_or_default()
}

fn binary(step: Step, left: f64, right: f64) -> Result<f64, Error> {
    match step {
        Step::Add => Ok(left + right),
        Step::Subtract => Ok(left - right),
        Step::Multiply => Ok(left * right),
        Step::Power if left == 0.0 && right < 0.0 => Err(Error::DivisionByZero),
        Step::Divide if right == 0.0 => Err(Error::DivisionByZero),
        Step::Divide => Ok(left / right),
        _ if left < 0.0 && right.fract() != 0.0 => Err(Error::Domain {
            message: "a negative number has no real fractional power",
        }),
        _ => Ok(left.powf(right)),
    }
}

fn call(function: Function, value: f64) -> Result<f64, Error> {
    match function {
        Function::Abs => Ok(value.abs()),
        Function::Cos => Ok(value.cos()),
        Function::Exp => Ok(value.exp()),
        Function::Sin => Ok(value.sin()),
        Function::Ln if value <= 0.0 => Err(Error::Domain {
            message: "ln needs a positive number",
        }),
        Function::Ln => Ok(value.ln()),
        Function::Sqrt if value < 0.0 => Err(Error::Domain {
            message: "sqrt of a negative number",
        }),
        Function::Sqrt => Ok(value.sqrt()),
    }
}

/// Recursive descent; each method emits the code of what it consumed.
struct Parser {
    characters: Vec<char>,
    position: usize,
    steps: Vec<Step>,
    names: Vec<String>,
    slots: HashMap<String, usize>,
}

impl Parser {
    fn new(source: &str) -> Self {
        Self {
            characters: source.chars().collect(),
            position: 0,
            steps: Vec::new(),
            names: Vec::new(),
            slots: HashMap::new(),
        }
    }

    fn sum(&mut self, depth: usize) -> Result<(), Error> {
        self.product(depth)?;
        loop {
            let step = match self.peek() {
                Some('+') => Step::Add,
                Some('-') => Step::Subtract,
                _ => return Ok(()),
            };
            self.position += 1;
            self.product(depth)?;
            self.steps.push(step);
        }
    }

    fn product(&mut self, depth: usize) -> Result<(), Error> {
        self.signed(depth)?;
        loop {
            let step = match self.peek() {
                Some('*') => Step::Multiply,
                Some('/') => Step::Divide,
                _ => return Ok(()),
            };
            self.position += 1;
            self.signed(depth)?;
            self.steps.push(step);
        }
    }

    fn signed(&mut self, depth: usize) -> Result<(), Error> {
        if depth > MAX_DEPTH {
            return Err(self.error(format!("nested deeper than {MAX_DEPTH}")));
        }
        match self.peek() {
            Some('+') => {
                self.position += 1;
                self.signed(depth + 1)
            }
            Some('-') => {
                self.position += 1;
                self.signed(depth + 1)?;
                self.steps.push(Step::Negate);
                Ok(())
            }
            _ => self.power(depth),
        }
    }

    fn power(&mut self, depth: usize) -> Result<(), Error> {
        self.atom(depth)?;
        if self.peek() == Some('*') && self.characters.get(self.position + 1) == Some(&'*') {
            self.position += 2;
            // The exponent may carry a sign and binds to the right.
            self.signed(depth + 1)?;
            self.steps.push(Step::Power);
        }
        Ok(())
    }

    fn atom(&mut self, depth: usize) -> Result<(), Error> {
        match self.peek() {
            Some('(') => {
                self.position += 1;
                self.sum(depth + 1)?;
                self.close()
            }
            Some(first) if first.is_ascii_digit() || first == '.' => self.number(),
            Some(first) if first.is_alphabetic() || first == '_' => self.name(depth),
            Some(found) => Err(self.error(format!("unexpected {found:?}"))),
            None => Err(self.error("unexpected end".to_owned())),
        }
    }

    fn close(&mut self) -> Result<(), Error> {
        if self.peek() == Some(')') {
            self.position += 1;
            return Ok(());
        }
        Err(self.error("expected ')'".to_owned()))
    }

    fn number(&mut self) -> Result<(), Error> {
        let start = self.position;
        self.digits();
        if self.next_is('.') {
            self.position += 1;
            self.digits();
        }
        if self.next_is('e') || self.next_is('E') {
            self.position += 1;
            if self.next_is('+') || self.next_is('-') {
                self.position += 1;
            }
            self.digits();
        }
        let text: String = self.characters[start..self.position].iter().collect();
        match text.parse::<f64>() {
            Ok(number) => self.steps.push(Step::Number(number)),
            Err(_) => {
                self.position = start;
                return Err(self.error(format!("{text:?} is no number")));
            }
        }
        Ok(())
    }

    fn name(&mut self, depth: usize) -> Result<(), Error> {
        let start = self.position;
        while self
            .characters
            .get(self.position)
            .is_some_and(|each| each.is_alphanumeric() || *each == '_')
        {
            self.position += 1;
        }
        let name: String = self.characters[start..self.position].iter().collect();
        if self.peek() == Some('(') {
            return self.call(start, &name, depth);
        }
        let slot = *self.slots.entry(name).or_insert_with_key(|name| {
            self.names.push(name.clone());
            self.names.len() - 1
        });
        self.steps.push(Step::Variable(slot));
        Ok(())
    }

    fn call(&mut self, start: usize, name: &str, depth: usize) -> Result<(), Error> {
        let Some((_, function)) = FUNCTIONS.iter().find(|(known, _)| *known == name) else {
            let known: Vec<&str> = FUNCTIONS.iter().map(|(known, _)| *known).collect();
            self.position = start;
            return Err(self.error(format!(
                "there is no function {name:?} (known: {})",
                known.join(", ")
            )));
        };
        self.position += 1;
        self.sum(depth + 1)?;
        self.close()?;
        self.steps.push(Step::Call(*function));
        Ok(())
    }

    fn digits(&mut self) {
        while self
            .characters
            .get(self.position)
            .is_some_and(char::is_ascii_digit)
        {
            self.position += 1;
        }
    }

    fn next_is(&self, wanted: char) -> bool {
        self.characters.get(self.position) == Some(&wanted)
    }

    /// The next character that is no white space, without taking it.
    fn peek(&mut self) -> Option<char> {
        while self
            .characters
            .get(self.position)
            .is_some_and(|each| each.is_whitespace())
        {
            self.position += 1;
        }
        self.characters.get(self.position).copied()
    }

    fn error(&self, message: String) -> Error {
        Error::Syntax {
            position: self.position,
            message,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(source: &str) -> Result<f64, Error> {
        Compiled::new(source)?.evaluate(&HashMap::new())
    }

    #[test]
    fn precedence_is_pythons() {
        for (source, expected) in [
            ("1 + 2 * 3", 7.0),
            ("(1 + 2) * 3", 9.0),
            ("-2 ** 2", -4.0),
            ("2 ** 3 ** 2", 512.0),
            ("2 ** -1", 0.5),
            ("8 / 4 / 2", 1.0),
            ("- - 1", 1.0),
            ("sqrt(16) - abs(-1)", 3.0),
            ("1e3 + .5", 1000.5),
        ] {
            assert_eq!(value(source), Ok(expected), "{source}");
        }
    }

    #[test]
    fn errors_know_their_place() {
        let position = |source| match Compiled::new(source) {
            Err(Error::Syntax { position, .. }) => position,
            other => panic!("{source}: {other:?}"),
        };
        for (source, expected) in [
            ("", 0),
            ("1 +", 3),
            ("(1", 2),
            ("1 2", 2),
            ("é $", 2),
            ("1..2", 2),
            ("1 + foo(2)", 4),
        ] {
            assert_eq!(position(source), expected, "{source}");
        }
    }

    #[test]
    fn values_outside_the_domain_are_errors() {
        assert_eq!(value("1 / 0"), Err(Error::DivisionByZero));
        assert_eq!(value("0 ** -1"), Err(Error::DivisionByZero));
        assert_eq!(value("1e308 * 10"), Err(Error::Overflow));
        assert!(matches!(value("(-8) ** .5"), Err(Error::Domain { .. })));
        assert!(matches!(value("ln(0)"), Err(Error::Domain { .. })));
        assert!(matches!(
            value("exp(1000) - exp(1000)"),
            Err(Error::Domain { .. })
        ));
        assert!(matches!(value("x"), Err(Error::Undefined { .. })));
    }

    #[test]
    fn deep_nesting_is_refused_and_length_is_not() {
        let deep = format!("{}1{}", "(".repeat(100_000), ")".repeat(100_000));
        assert!(matches!(
            Compiled::new(&deep),
            Err(Error::Syntax { position: 201, .. })
        ));
        assert_eq!(value(&vec!["1"; 100_000].join("+")), Ok(100_000.0));
    }
}
