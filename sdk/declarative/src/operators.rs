//! How an expression is compiled, so that no short one makes what is large.
//!
//! A document is tried by the compiler, outside of a sandbox, whoever wrote it. Of what minijinja does, `*` repeats texts
//! and lists without a bound, `+` and `~` can make each what they join larger, and `*` before an argument spreads a
//! list over the stack. So the first three are carried out here, and the last is refused.

use std::fmt::{self, Write as _};

use minijinja::machinery::ast::{BinOpKind, CallArg, Expr};
use minijinja::machinery::{CodeGenerator, Instruction, Instructions, parse_expr};
use minijinja::value::ValueKind;
use minijinja::{Environment, Error, ErrorKind, Value};

use crate::budget::{LARGEST_VALUE, too_large};

/// How long an expression may be: as deep as it is nested, as much of a stack is used.
const LONGEST: usize = 1000;

const TIMES: &str = "*";
const PLUS: &str = "+";
const JOIN: &str = "~";

/// The operators, as functions by names that no expression can call them by.
pub(crate) fn add_to(environment: &mut Environment<'_>) {
    environment.add_function(TIMES, |a: Value, b: Value| times(&a, &b));
    environment.add_function(PLUS, |a: Value, b: Value| plus(&a, &b));
    environment.add_function(JOIN, |a: Value, b: Value| join(&a, &b));
}

/// What stands in `{{ }}`, compiled.
pub(crate) fn compile(text: &str) -> Result<Instructions<'_>, String> {
    if text.len() > LONGEST {
        return Err(format!(
            "it has {} bytes, and at most {LONGEST} are allowed: put what it lists into a param's default",
            text.len()
        ));
    }
    let expression = parse_expr(text).map_err(|error| words(&error))?;
    check(&expression)?;
    let mut generator = CodeGenerator::new("<expression>", text);
    generator.compile_expr(&expression);
    let (mut instructions, _) = generator.finish();
    for index in 0.. {
        let Some(instruction) = instructions.get_mut(index) else { break };
        let operator = match instruction {
            Instruction::Mul => TIMES,
            Instruction::Add => PLUS,
            Instruction::StringConcat => JOIN,
            _ => continue,
        };
        *instruction = Instruction::CallFunction(operator, Some(2));
    }
    Ok(instructions)
}

/// What went wrong, without the name and line of a template, of which the document knows nothing.
pub(crate) fn words(error: &Error) -> String {
    match error.detail() {
        Some(detail) => detail.to_owned(),
        None => error.kind().to_string(),
    }
}

/// Refuses what would be large before it is evaluated: constants are multiplied as they are compiled.
fn check(expression: &Expr<'_>) -> Result<(), String> {
    parts(expression)?.into_iter().try_for_each(check)?;
    match expression {
        Expr::BinOp(it) if matches!(it.op, BinOpKind::Mul) => {
            match (it.left.as_const(), it.right.as_const()) {
                (Some(a), Some(b)) => times(&a, &b).map(|_| ()).map_err(|error| words(&error)),
                _ => Ok(()),
            }
        }
        _ => Ok(()),
    }
}

/// The expressions in an expression.
fn parts<'e, 'd>(expression: &'e Expr<'d>) -> Result<Vec<&'e Expr<'d>>, String> {
    let with_arguments = |first: Option<&'e Expr<'d>>, arguments: &'e [CallArg<'d>]| {
        let arguments = arguments.iter().map(|argument| match argument {
            CallArg::Pos(it) | CallArg::Kwarg(_, it) => Ok(it),
            CallArg::PosSplat(_) | CallArg::KwargSplat(_) => {
                Err("`*` before an argument is not allowed: give the list itself".to_owned())
            }
        });
        first.map(Ok).into_iter().chain(arguments).collect::<Result<Vec<_>, _>>()
    };
    Ok(match expression {
        Expr::Var(_) | Expr::Const(_) => Vec::new(),
        Expr::Slice(it) => [Some(&it.expr), it.start.as_ref(), it.stop.as_ref(), it.step.as_ref()]
            .into_iter()
            .flatten()
            .collect(),
        Expr::UnaryOp(it) => vec![&it.expr],
        Expr::BinOp(it) => vec![&it.left, &it.right],
        Expr::Compare(it) => std::iter::once(&it.expr).chain(it.ops.iter().map(|op| &op.expr)).collect(),
        Expr::IfExpr(it) => {
            [Some(&it.test_expr), Some(&it.true_expr), it.false_expr.as_ref()].into_iter().flatten().collect()
        }
        Expr::Filter(it) => with_arguments(it.expr.as_ref(), &it.args)?,
        Expr::Test(it) => with_arguments(Some(&it.expr), &it.args)?,
        Expr::GetAttr(it) => vec![&it.expr],
        Expr::GetItem(it) => vec![&it.expr, &it.subscript_expr],
        Expr::Call(it) => with_arguments(Some(&it.expr), &it.args)?,
        Expr::List(it) => it.items.iter().collect(),
        Expr::Tuple(it) => it.items.iter().collect(),
        Expr::Map(it) => it.keys.iter().chain(&it.values).collect(),
    })
}

fn times(a: &Value, b: &Value) -> Result<Value, Error> {
    numbers(a, b, i128::checked_mul, |a, b| a * b).unwrap_or_else(|| {
        Err(refused(format!("`*` multiplies numbers, not a {} and a {}", a.kind(), b.kind())))
    })
}

fn plus(a: &Value, b: &Value) -> Result<Value, Error> {
    let is_list = |it: &Value| matches!(it.kind(), ValueKind::Seq | ValueKind::Iterable);
    if let (Some(a), Some(b)) = (a.as_str(), b.as_str()) {
        return written(format_args!("{a}{b}"));
    }
    if is_list(a) && is_list(b) {
        // Each element takes a byte or more where it is written.
        let fits = a.len().zip(b.len()).is_some_and(|(a, b)| a.saturating_add(b) <= LARGEST_VALUE);
        return if fits {
            Ok(a.try_iter()?.chain(b.try_iter()?).collect())
        } else {
            Err(refused(too_large()))
        };
    }
    numbers(a, b, i128::checked_add, |a, b| a + b).unwrap_or_else(|| {
        Err(refused(format!("`+` does not add a {} and a {}; `~` joins texts", a.kind(), b.kind())))
    })
}

fn join(a: &Value, b: &Value) -> Result<Value, Error> {
    defined(a).and(defined(b))?;
    written(format_args!("{a}{b}"))
}

/// None when one of them is no number.
fn numbers(
    a: &Value,
    b: &Value,
    whole: fn(i128, i128) -> Option<i128>,
    broken: fn(f64, f64) -> f64,
) -> Option<Result<Value, Error>> {
    if let Err(error) = defined(a).and(defined(b)) {
        return Some(Err(error));
    }
    // True counts as 1, as in Jinja.
    let is_whole = |it: &Value| it.is_integer() || it.kind() == ValueKind::Bool;
    if is_whole(a) && is_whole(b) {
        let (a, b) = (i128::try_from(a.clone()).ok()?, i128::try_from(b.clone()).ok()?);
        let result = whole(a, b).map(|it| i64::try_from(it).map_or_else(|_| it.into(), Value::from));
        return Some(result.ok_or_else(|| refused("the result is too large a number")));
    }
    let number = |it: &Value| match is_whole(it) {
        true => i128::try_from(it.clone()).ok().map(|it| it as f64),
        false => it.is_number().then(|| f64::try_from(it.clone()).ok()).flatten(),
    };
    Some(Ok(broken(number(a)?, number(b)?).into()))
}

fn defined(value: &Value) -> Result<(), Error> {
    if value.is_undefined() { Err(ErrorKind::UndefinedError.into()) } else { Ok(()) }
}

fn refused(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidOperation, message.into())
}

fn written(what: fmt::Arguments<'_>) -> Result<Value, Error> {
    let mut text = Text::default();
    text.write_fmt(what).map_err(|_| refused(too_large()))?;
    Ok(text.0.into())
}

/// A text that ends where a value must.
#[derive(Default)]
pub(crate) struct Text(pub(crate) String);

impl fmt::Write for Text {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.0.len().saturating_add(text.len()) > LARGEST_VALUE {
            return Err(fmt::Error);
        }
        self.0.push_str(text);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use minijinja::AutoEscape;
    use minijinja::machinery::{eval, make_string_output};

    use super::*;

    fn result(text: &str) -> Result<String, String> {
        let mut environment = Environment::empty();
        add_to(&mut environment);
        let instructions = compile(text)?;
        let root = minijinja::context! { n => 3, text => "ab", list => [1, 2] };
        let (blocks, mut unused) = (BTreeMap::new(), String::new());
        let mut output = make_string_output(&mut unused);
        match eval(&environment, &instructions, root, &blocks, &mut output, AutoEscape::None) {
            Ok((value, _)) => Ok(serde_json::to_string(&value.unwrap()).unwrap()),
            Err(error) => Err(words(&error)),
        }
    }

    #[test]
    fn operators_do_what_those_of_jinja_do() {
        for (text, expected) in [
            ("2 * 3 + 4", "10"),
            ("n * 2 - 1", "5"),
            ("(n - 1) // 2 % 16 * 30 + n ** 2", "39"),
            ("n * 2.0", "6.0"),
            ("1.5 * n + 1", "5.5"),
            ("0.5 + 0.5", "1.0"),
            ("true * n + false", "3"),
            ("n * -1", "-3"),
            ("9223372036854775807 + n * 0", "9223372036854775807"),
            ("text + 'c'", "\"abc\""),
            ("text ~ n ~ list", "\"ab3[1, 2]\""),
            ("'a' ~ 1", "\"a1\""),
            ("list + [n]", "[1,2,3]"),
            ("[1] + [2]", "[1,2]"),
        ] {
            assert_eq!(result(text), Ok(expected.to_owned()), "{text}");
        }
    }

    #[test]
    fn no_operator_makes_what_is_large() {
        for (text, expected) in [
            ("text * n", "`*` multiplies numbers, not a string and a number"),
            ("n * list", "`*` multiplies numbers, not a number and a sequence"),
            ("'a' * 1000000000", "`*` multiplies numbers, not a string and a number"),
            (
                "n if n == 2 else [(1,) * 100000000 == n]",
                "`*` multiplies numbers, not a sequence and a number",
            ),
            ("n + text", "`+` does not add a number and a string; `~` joins texts"),
            ("n(*list)", "`*` before an argument is not allowed: give the list itself"),
            ("n(a=n(**list))", "`*` before an argument is not allowed: give the list itself"),
            ("n * 170141183460469231731687303715884105727", "the result is too large a number"),
            ("missing * 2", "undefined value"),
        ] {
            assert_eq!(result(text), Err(expected.to_owned()), "{text}");
        }
    }

    /// On the stack of a thread, in a build that is not optimised.
    #[test]
    fn the_deepest_expressions_fit_a_stack() {
        for (before, again, after) in [
            ("n", "+n", ""),
            ("n", "*1", ""),
            ("n", "~n", ""),
            ("", "-", "n"),
            ("", "not ", "n"),
            ("list", "[0]", ""),
            ("list", ".a", ""),
            ("list", "[:]", ""),
            ("n", "()", ""),
            ("n", "|a", ""),
            ("n", "**1", ""),
            ("n", "<n", ""),
            ("n", " or n", ""),
            ("n", " if n", ""),
            ("n", " if n else n", ""),
            ("", "(", "n"),
            ("", "[", "n"),
            ("", "{1:", "n"),
        ] {
            let room = LONGEST - before.len() - after.len();
            let text = format!("{before}{}{after}", again.repeat(room / again.len()));
            // That it comes back is enough.
            drop(result(&text));
        }
        assert!(compile(&"n".repeat(LONGEST)).is_ok() && compile(&"n".repeat(LONGEST + 1)).is_err());
    }
}
