//! Functions of numbers.

use super::super::fault::Read;
use super::super::number::Number;
use super::super::operate;
use super::super::value::{V, Val};
use super::Context;

pub(super) fn abs(context: &Context<'_>, arguments: &[Val]) -> Read {
    let number = context.number(arguments, 0)?;
    context.num(if number.is_negative() { number.negated() } else { number.without_sign_of_zero() })
}

pub(super) fn ceil(context: &Context<'_>, arguments: &[Val]) -> Read {
    context.num(context.number(arguments, 0)?.ceil())
}

pub(super) fn floor(context: &Context<'_>, arguments: &[Val]) -> Read {
    context.num(context.number(arguments, 0)?.floor())
}

pub(super) fn signum(context: &Context<'_>, arguments: &[Val]) -> Read {
    context.num(Number::from(context.integer(arguments, 0)?.signum()))
}

/// Through the floating-point numbers that Terraform uses here.
fn floating(context: &Context<'_>, arguments: &[Val], f: impl Fn(f64, f64) -> f64) -> Read {
    let (a, b) = (context.number(arguments, 0)?, context.number(arguments, 1)?);
    let result = a.to_f64().zip(b.to_f64()).and_then(|(a, b)| Number::of_f64(f(a, b)));
    result.map_or_else(|| context.refuse("this number has no result"), |number| context.num(number))
}

pub(super) fn log(context: &Context<'_>, arguments: &[Val]) -> Read {
    floating(context, arguments, |number, base| number.ln() / base.ln())
}

pub(super) fn pow(context: &Context<'_>, arguments: &[Val]) -> Read {
    floating(context, arguments, f64::powf)
}

fn extreme(context: &Context<'_>, arguments: &[Val], is_better: impl Fn(&Number, &Number) -> bool) -> Read {
    let mut best = context.number(arguments, 0)?;
    for index in 1..arguments.len() {
        let number = context.number(arguments, index)?;
        if is_better(&number, &best) {
            best = number;
        }
    }
    context.num(best)
}

pub(super) fn max(context: &Context<'_>, arguments: &[Val]) -> Read {
    extreme(context, arguments, |a, b| a > b)
}

pub(super) fn min(context: &Context<'_>, arguments: &[Val]) -> Read {
    extreme(context, arguments, |a, b| a < b)
}

pub(super) fn sum(context: &Context<'_>, arguments: &[Val]) -> Read {
    let elements = context.elements(arguments, 0)?;
    if elements.is_empty() {
        return context.refuse("`sum` needs an element");
    }
    let mut total = Number::from(0_u64);
    for element in elements.iter() {
        let V::Num(number) = operate::to_number(element, element.at)?.v else {
            return context.refuse("`sum` needs numbers");
        };
        let Some(next) = total.add(&number) else { return context.refuse("the sum is too large") };
        total = next;
    }
    context.num(total)
}

pub(super) fn parse_int(context: &Context<'_>, arguments: &[Val]) -> Read {
    let (text, base) = (context.text(arguments, 0)?, context.integer(arguments, 1)?);
    let number = u32::try_from(base).ok().and_then(|base| Number::of_radix(&text, base));
    number.map_or_else(
        || context.refuse(format!("`{text}` is not a number of base {base}")),
        |n| context.num(n),
    )
}
