//! The machine: a stack, marks on it, a memo, and one step for each opcode.

use std::collections::HashMap;

use crate::error::{Error, ErrorKind, Result};
use crate::metric::pickle::allowed::{self, Global};
use crate::metric::pickle::calls;
use crate::metric::pickle::input::{Input, corrupt};
use crate::metric::pickle::literals;
use crate::metric::pickle::object::{Heap, Id, Object};

/// The highest protocol that there is.
const HIGHEST_PROTOCOL: u8 = 5;

/// Longest range of integers that is written out.
const LONGEST_RANGE: usize = 1 << 20;

/// What one pickle said.
#[derive(Debug)]
pub struct Loaded<'a> {
    /// Its objects.
    pub heap: Heap<'a>,
    /// The one that it is.
    pub top: Id,
    /// The byte behind it.
    pub end: usize,
}

/// Reads the pickle that starts at a byte.
///
/// # Errors
///
/// `Corrupt` naming the byte where it is none, `Unsupported` naming what is not in the list,
/// `Limit` beyond a bound.
pub fn load(bytes: &[u8], start: usize) -> Result<Loaded<'_>> {
    let mut heap = Heap::default();
    let constants = [
        Heap::NONE,
        heap.add(Object::Bool(false))?,
        heap.add(Object::Bool(true))?,
        heap.add(Object::Tuple(Box::default()))?,
    ];
    let mut machine = Machine {
        input: Input::new(bytes, start),
        heap,
        stack: Vec::new(),
        marks: Vec::new(),
        memo: HashMap::new(),
        constants,
        opcode_at: start,
    };
    loop {
        machine.opcode_at = machine.input.at();
        let opcode = machine.input.byte()?;
        if opcode == b'.' {
            let top = machine.pop()?;
            return Ok(Loaded { heap: machine.heap, top, end: machine.input.at() });
        }
        machine.step(opcode)?;
    }
}

struct Machine<'a> {
    input: Input<'a>,
    heap: Heap<'a>,
    stack: Vec<Id>,
    /// Heights of the stack.
    marks: Vec<usize>,
    memo: HashMap<u64, Id>,
    /// None, false, true and the empty tuple, which cost no object each time.
    constants: [Id; 4],
    opcode_at: usize,
}

impl<'a> Machine<'a> {
    fn step(&mut self, opcode: u8) -> Result<()> {
        let at = self.opcode_at;
        let [none, no, yes, empty] = self.constants;
        match opcode {
            0x80 => self.protocol()?,
            // A frame says how much to read at once, and nothing about what is read.
            0x95 => drop(self.input.array::<8>()?),
            b'(' => self.marks.push(self.stack.len()),
            b'0' => drop(self.pop_or_mark()?),
            b'1' => drop(self.since_mark()?),
            b'2' => {
                let top = self.top()?;
                self.stack.push(top);
            }
            b'N' => self.stack.push(none),
            0x88 => self.stack.push(yes),
            0x89 => self.stack.push(no),
            b')' => self.stack.push(empty),
            b'I' | b'J' | b'K' | b'M' | b'L' | 0x8a | 0x8b | b'F' | b'G' => {
                let number = self.number(opcode)?;
                self.push(number)?;
            }
            b'S' | b'T' | b'U' | b'V' | b'X' | 0x8c | 0x8d | b'B' | b'C' | 0x8e | 0x96 => {
                let text = self.text_or_bytes(opcode)?;
                self.push(text)?;
            }
            b']' => self.push(Object::List(Vec::new()))?,
            b'}' => self.push(Object::Mapping(Vec::new()))?,
            0x8f => self.push(Object::Foreign("a set"))?,
            b'l' => {
                let items = self.since_mark()?;
                self.push(Object::List(items))?;
            }
            b't' => {
                let items = self.since_mark()?;
                self.push(Object::Tuple(items.into()))?;
            }
            0x85..=0x87 => {
                let count = usize::from(opcode - 0x84);
                let items = self.pop_many(count)?;
                self.push(Object::Tuple(items.into()))?;
            }
            b'd' => {
                let items = self.since_mark()?;
                let entries = self.pairs(items)?;
                self.push(Object::Mapping(entries))?;
            }
            0x91 => {
                self.since_mark()?;
                self.push(Object::Foreign("a set"))?;
            }
            b'a' => {
                let item = self.pop()?;
                self.extend(vec![item])?;
            }
            b'e' => {
                let items = self.since_mark()?;
                self.extend(items)?;
            }
            b's' => {
                let items = self.pop_many(2)?;
                self.set_items(items)?;
            }
            b'u' => {
                let items = self.since_mark()?;
                self.set_items(items)?;
            }
            // The items of a set, which no metric is.
            0x90 => drop(self.since_mark()?),
            b'p' | b'q' | b'r' | 0x94 => self.remember(opcode)?,
            b'g' | b'h' | b'j' => self.recall(opcode)?,
            b'P' | b'Q' => self.storage(opcode)?,
            b'c' | 0x93 => self.global(opcode)?,
            b'R' | 0x81 => {
                let arguments = self.pop()?;
                let function = self.pop()?;
                self.call(function, arguments)?;
            }
            b'b' => {
                let state = self.pop()?;
                let object = self.top()?;
                calls::fill(&mut self.heap, object, state, at)?;
            }
            0x82..=0x84 => return Err(self.unsupported("names of the extension registry")),
            b'i' | b'o' => return Err(self.unsupported("objects of old-style classes")),
            0x92 => return Err(self.unsupported("objects made with keyword arguments")),
            0x97 | 0x98 => return Err(self.unsupported("buffers that lie outside of the pickle")),
            other => return Err(corrupt(at, &format!("no pickle has the opcode {other:#04x}"))),
        }
        Ok(())
    }

    fn protocol(&mut self) -> Result<()> {
        let protocol = self.input.byte()?;
        if protocol > HIGHEST_PROTOCOL {
            return Err(Error::new(
                ErrorKind::Unsupported,
                format!("pickle protocol {protocol}; 0 to {HIGHEST_PROTOCOL} are read"),
            ));
        }
        Ok(())
    }

    fn number(&mut self, opcode: u8) -> Result<Object<'a>> {
        let at = self.opcode_at;
        let input = &mut self.input;
        Ok(match opcode {
            b'I' => match input.short_line()? {
                "00" => Object::Bool(false),
                "01" => Object::Bool(true),
                digits => literals::decimal(digits, at)?,
            },
            b'J' => Object::Int(i64::from(i32::from_le_bytes(input.array()?))),
            b'K' => Object::Int(i64::from(input.byte()?)),
            b'M' => Object::Int(i64::from(u16::from_le_bytes(input.array()?))),
            b'L' => literals::decimal(input.short_line()?, at)?,
            0x8a => literals::two_complement(input.counted_1()?, at)?,
            0x8b => literals::two_complement(input.counted_4()?, at)?,
            b'F' => literals::float(input.short_line()?, at)?,
            _ => Object::Float(f64::from_be_bytes(input.array()?)),
        })
    }

    fn text_or_bytes(&mut self, opcode: u8) -> Result<Object<'a>> {
        let at = self.opcode_at;
        let input = &mut self.input;
        Ok(match opcode {
            b'S' => literals::quoted(input.line()?, at)?,
            b'T' => literals::old_text(input.counted_4()?.into()),
            b'U' => literals::old_text(input.counted_1()?.into()),
            b'V' => literals::raw_unicode(input.line()?, at)?,
            b'X' => literals::text(input.counted_4()?),
            0x8c => literals::text(input.counted_1()?),
            0x8d => literals::text(input.counted_8()?),
            b'B' => Object::Bytes(input.counted_4()?.into()),
            b'C' => Object::Bytes(input.counted_1()?.into()),
            _ => Object::Bytes(input.counted_8()?.into()),
        })
    }

    fn remember(&mut self, opcode: u8) -> Result<()> {
        let top = self.top()?;
        let at = match opcode {
            0x94 => u64::try_from(self.memo.len()).unwrap_or(u64::MAX),
            _ => self.memo_place(opcode)?,
        };
        self.memo.insert(at, top);
        Ok(())
    }

    fn recall(&mut self, opcode: u8) -> Result<()> {
        let place = self.memo_place(opcode)?;
        let Some(found) = self.memo.get(&place) else {
            return Err(corrupt(self.opcode_at, &format!("nothing was kept as number {place}")));
        };
        self.stack.push(*found);
        Ok(())
    }

    fn memo_place(&mut self, opcode: u8) -> Result<u64> {
        Ok(match opcode {
            b'q' | b'h' => u64::from(self.input.byte()?),
            b'r' | b'j' => u64::from(u32::from_le_bytes(self.input.array()?)),
            _ => {
                let line = self.input.short_line()?;
                line.parse().map_err(|_| corrupt(self.opcode_at, "a number of the memo is none"))?
            }
        })
    }

    fn storage(&mut self, opcode: u8) -> Result<()> {
        if opcode == b'P' {
            return Err(self.unsupported("persistent objects that are named by a line of text"));
        }
        let name = self.pop()?;
        let storage = calls::storage(&self.heap, name, self.opcode_at)?;
        self.push(storage)
    }

    fn global(&mut self, opcode: u8) -> Result<()> {
        let at = self.opcode_at;
        let found = if opcode == b'c' {
            let module = self.input.short_line()?;
            let name = self.input.short_line()?;
            allowed::find(module, name).ok_or_else(|| stranger(module, name, at))?
        } else {
            let [module, name] = self.pop_many(2)?.try_into().unwrap_or([Heap::NONE; 2]);
            match (self.heap.text(module), self.heap.text(name)) {
                (Some(module), Some(name)) => {
                    allowed::find(module, name).ok_or_else(|| stranger(module, name, at))?
                }
                _ => return Err(corrupt(at, "the name of a global is no text")),
            }
        };
        self.push(Object::Global(found))
    }

    fn call(&mut self, function: Id, arguments: Id) -> Result<()> {
        let at = self.opcode_at;
        let Object::Global(function) = *self.heap.get(function) else {
            return Err(corrupt(at, "what is called is no global"));
        };
        let Some(arguments) = self.heap.items(arguments) else {
            return Err(corrupt(at, "the arguments of a call are no tuple"));
        };
        match (function, arguments) {
            // The tensor is itself; what a model learns by is no part of it.
            (Global::MakeParameter, [tensor, ..])
                if matches!(self.heap.get(*tensor), Object::Tensor(_)) =>
            {
                self.stack.push(*tensor);
                Ok(())
            }
            (Global::MakeTensorOfClass, [maker, class, inner, _])
                if matches!(self.heap.get(*class), Object::Global(Global::TensorClass))
                    && matches!(
                        self.heap.get(*maker),
                        Object::Global(Global::MakeTensor | Global::MakeTypedTensor)
                    ) =>
            {
                self.call(*maker, *inner)
            }
            (Global::Range, arguments) => {
                let numbers = calls::range(&self.heap, arguments, LONGEST_RANGE);
                let numbers = numbers.ok_or_else(|| {
                    corrupt(at, &format!("a range is none, or longer than {LONGEST_RANGE}"))
                })?;
                let add = |number| self.heap.add(Object::Int(number));
                let items = numbers.into_iter().map(add).collect::<Result<_>>()?;
                self.push(Object::List(items))
            }
            (function, arguments) => {
                let made = calls::make(&self.heap, function, arguments, at)?;
                self.push(made)
            }
        }
    }

    fn extend(&mut self, items: Vec<Id>) -> Result<()> {
        let at = self.opcode_at;
        let list = self.top()?;
        match self.heap.get_mut(list) {
            Some(Object::List(list)) => list.extend(items),
            _ => return Err(corrupt(at, "an item is added to what is no list")),
        }
        Ok(())
    }

    fn set_items(&mut self, items: Vec<Id>) -> Result<()> {
        let at = self.opcode_at;
        let added = self.pairs(items)?;
        let mapping = self.top()?;
        match self.heap.get_mut(mapping) {
            Some(Object::Mapping(entries)) => entries.extend(added),
            _ => return Err(corrupt(at, "an item is set in what is no mapping")),
        }
        Ok(())
    }

    fn pairs(&self, items: Vec<Id>) -> Result<Vec<(Id, Id)>> {
        let (pairs, rest) = items.as_chunks::<2>();
        if !rest.is_empty() {
            return Err(corrupt(self.opcode_at, "a key of a mapping has no value"));
        }
        Ok(pairs.iter().map(|[key, value]| (*key, *value)).collect())
    }

    fn push(&mut self, object: Object<'a>) -> Result<()> {
        let id = self.heap.add(object)?;
        self.stack.push(id);
        Ok(())
    }

    /// The lowest height to which an opcode may take the stack: that of the last mark.
    fn floor(&self) -> usize {
        self.marks.last().copied().unwrap_or(0)
    }

    fn pop(&mut self) -> Result<Id> {
        if self.stack.len() <= self.floor() {
            return Err(self.nothing_left());
        }
        self.stack.pop().ok_or_else(|| self.nothing_left())
    }

    fn pop_many(&mut self, count: usize) -> Result<Vec<Id>> {
        let start = self.stack.len().checked_sub(count).filter(|start| *start >= self.floor());
        let start = start.ok_or_else(|| self.nothing_left())?;
        Ok(self.stack.split_off(start))
    }

    fn pop_or_mark(&mut self) -> Result<()> {
        if self.marks.last() == Some(&self.stack.len()) {
            self.marks.pop();
            return Ok(());
        }
        self.pop().map(drop)
    }

    fn top(&self) -> Result<Id> {
        match self.stack.last() {
            Some(top) if self.stack.len() > self.floor() => Ok(*top),
            _ => Err(self.nothing_left()),
        }
    }

    fn since_mark(&mut self) -> Result<Vec<Id>> {
        let mark = self.marks.pop().ok_or_else(|| corrupt(self.opcode_at, "no mark was set"))?;
        Ok(self.stack.split_off(mark.min(self.stack.len())))
    }

    fn nothing_left(&self) -> Error {
        corrupt(self.opcode_at, "the stack of the pickle is empty")
    }

    fn unsupported(&self, what: &str) -> Error {
        Error::new(
            ErrorKind::Unsupported,
            format!(
                "the pickle uses {what}, which plain data never does (byte {})",
                self.opcode_at
            ),
        )
    }
}

/// The error of a name that is not in the list.
fn stranger(module: &str, name: &str, at: usize) -> Error {
    let short = |text: &str| text.chars().take(120).collect::<String>();
    Error::new(
        ErrorKind::Unsupported,
        format!(
            "the pickle names `{}.{}` (byte {at}): numbers, text, lists, mappings, arrays and \
             tensors are read, and nothing is run; save plain data, or give a `loader` that you \
             trust with the file",
            short(module),
            short(name)
        ),
    )
}
