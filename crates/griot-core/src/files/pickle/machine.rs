//! The instructions of a pickle that a `state_dict` needs (protocol 2, as
//! described in `pickletools.py` of Python).

use std::collections::HashMap;
use std::rc::Rc;

use safetensors::Dtype;

use super::Problem;

/// Deepest nesting of tuples and dictionaries; a `state_dict` has 4.
const DEPTH_MAX: usize = 16;

/// The types of storages, by their names in the module `torch`.
const STORAGES: [(&str, Dtype); 10] = [
    ("FloatStorage", Dtype::F32),
    ("HalfStorage", Dtype::F16),
    ("BFloat16Storage", Dtype::BF16),
    ("DoubleStorage", Dtype::F64),
    ("LongStorage", Dtype::I64),
    ("IntStorage", Dtype::I32),
    ("ShortStorage", Dtype::I16),
    ("CharStorage", Dtype::I8),
    ("ByteStorage", Dtype::U8),
    ("BoolStorage", Dtype::BOOL),
];

/// The numbers of one or several tensors.
#[derive(Clone, Debug)]
pub(super) struct Storage {
    pub(super) dtype: Dtype,
    /// Name of its file in the archive.
    pub(super) key: String,
}

/// A tensor: a view of a storage. Offset and strides count numbers, not bytes.
#[derive(Clone, Debug)]
pub(super) struct StoredView {
    pub(super) storage: Storage,
    pub(super) offset: usize,
    pub(super) shape: Vec<usize>,
    pub(super) strides: Vec<usize>,
}

impl StoredView {
    /// Whether its numbers follow each other in the order of its axes.
    pub(super) fn is_row_major(&self) -> bool {
        let mut step = 1_usize;
        let axes = self.shape.iter().zip(&self.strides).rev();
        self.shape.len() == self.strides.len()
            && axes.into_iter().all(|(&dim, &stride)| {
                let fits = dim <= 1 || stride == step;
                step = step.saturating_mul(dim);
                fits
            })
    }
}

/// What may be called or referred to by name.
#[derive(Clone, Copy, Debug)]
enum Global {
    OrderedDict,
    RebuildTensor,
    RebuildParameter,
    Storage(Dtype),
}

impl Global {
    fn named(module: &str, name: &str) -> Option<Self> {
        let storage = || STORAGES.iter().find(|(known, _)| *known == name);
        match (module, name) {
            ("collections", "OrderedDict") => Some(Self::OrderedDict),
            ("torch._utils", "_rebuild_tensor_v2") => Some(Self::RebuildTensor),
            ("torch._utils", "_rebuild_parameter") => Some(Self::RebuildParameter),
            ("torch", _) => storage().map(|&(_, dtype)| Self::Storage(dtype)),
            _ => None,
        }
    }
}

/// Copies share what they hold, so that nothing grows by being referred to.
#[derive(Clone, Debug)]
enum Value {
    Nothing,
    Flag,
    Float,
    Int(i64),
    Text(Rc<str>),
    Global(Global),
    Tuple(usize, Rc<[Value]>),
    Dict(usize, Vec<(Value, Value)>),
    Storage(Rc<Storage>),
    Tensor(Rc<StoredView>),
}

impl Value {
    const fn name(&self) -> &'static str {
        match self {
            Self::Nothing => "None",
            Self::Flag => "a truth value",
            Self::Float => "a float",
            Self::Int(_) => "an integer",
            Self::Text(_) => "a string",
            Self::Global(_) => "a class or function",
            Self::Tuple(..) => "a tuple",
            Self::Dict(..) => "a dictionary",
            Self::Storage(_) => "a storage",
            Self::Tensor(_) => "a tensor",
        }
    }

    const fn depth(&self) -> usize {
        match self {
            Self::Tuple(depth, _) | Self::Dict(depth, _) => *depth,
            _ => 0,
        }
    }

    fn size(&self) -> Option<usize> {
        match self {
            Self::Int(n) => usize::try_from(*n).ok(),
            _ => None,
        }
    }

    fn sizes(&self) -> Option<Vec<usize>> {
        match self {
            Self::Tuple(_, items) => items.iter().map(Self::size).collect(),
            _ => None,
        }
    }
}

/// Reads a pickle to its end and gives the tensors of the dictionary it makes.
pub(super) fn run(pickle: &[u8]) -> Result<Vec<(String, StoredView)>, Problem> {
    let mut machine = Machine {
        input: pickle,
        stack: Vec::new(),
        marks: Vec::new(),
        memo: HashMap::new(),
    };
    while machine.step()? {}
    let Value::Dict(_, items) = machine.pop()? else {
        return Err(Problem::new("holds something else than a dictionary", ""));
    };
    let tensor = |(key, value): (Value, Value)| match (key, value) {
        (Value::Text(name), Value::Tensor(view)) => Ok((name.to_string(), (*view).clone())),
        (Value::Text(name), other) => Err(Problem::new(
            "holds something else than tensors",
            format!("`{name}` is {}", other.name()),
        )),
        (key, _) => Err(Problem::new("has a tensor without name", key.name())),
    };
    items.into_iter().map(tensor).collect()
}

struct Machine<'a> {
    input: &'a [u8],
    stack: Vec<Value>,
    /// Lengths the stack had.
    marks: Vec<usize>,
    memo: HashMap<u32, Value>,
}

impl<'a> Machine<'a> {
    /// One instruction; whether there are more.
    fn step(&mut self) -> Result<bool, Problem> {
        let [code] = self.take()?;
        match code {
            0x80 => self.take::<1>().map(drop)?,
            b'.' => return Ok(false),
            b'(' => self.marks.push(self.stack.len()),
            b'c' => self.global()?,
            b'q' => {
                let [slot] = self.take()?;
                self.put(slot.into())?;
            }
            b'r' => {
                let slot = u32::from_le_bytes(self.take()?);
                self.put(slot)?;
            }
            b'h' => {
                let [slot] = self.take()?;
                self.get(slot.into())?;
            }
            b'j' => {
                let slot = u32::from_le_bytes(self.take()?);
                self.get(slot)?;
            }
            b'Q' => self.persistent()?,
            b'R' => self.call()?,
            // What is set on a dictionary, its `_metadata`, is of no use here.
            b'b' => drop(self.pop()?),
            b's' => {
                let (value, key) = (self.pop()?, self.pop()?);
                self.extend(vec![key, value])?;
            }
            b'u' => {
                let items = self.pop_to_mark()?;
                self.extend(items)?;
            }
            code => {
                let value = self.value(code)?;
                self.stack.push(value);
            }
        }
        Ok(true)
    }

    /// The value that an instruction makes without looking at others but those
    /// it takes from the stack.
    fn value(&mut self, code: u8) -> Result<Value, Problem> {
        Ok(match code {
            b'N' => Value::Nothing,
            0x88 | 0x89 => Value::Flag,
            b'G' => self.take::<8>().map(|_| Value::Float)?,
            b'K' => Value::Int(self.take().map(u8::from_le_bytes)?.into()),
            b'M' => Value::Int(self.take().map(u16::from_le_bytes)?.into()),
            b'J' => Value::Int(self.take().map(i32::from_le_bytes)?.into()),
            0x8a => self.long()?,
            b'X' => self.text()?,
            b'}' => Value::Dict(0, Vec::new()),
            b')' => tuple(Vec::new())?,
            b't' => tuple(self.pop_to_mark()?)?,
            0x85..=0x87 => {
                let n_items = usize::from(code - 0x84);
                let Some(start) = self.stack.len().checked_sub(n_items) else {
                    return Err(underflow());
                };
                tuple(self.stack.split_off(start))?
            }
            code => {
                return Err(Problem::new(
                    "has an instruction that tensors do not need",
                    format!("{code:#04x}"),
                ));
            }
        })
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], Problem> {
        let Some((first, rest)) = self.input.split_first_chunk() else {
            return Err(Problem::new("has a pickle that is cut off", ""));
        };
        self.input = rest;
        Ok(*first)
    }

    fn take_slice(&mut self, length: usize) -> Result<&'a [u8], Problem> {
        let Some((first, rest)) = self.input.split_at_checked(length) else {
            return Err(Problem::new("has a pickle that is cut off", ""));
        };
        self.input = rest;
        Ok(first)
    }

    fn take_line(&mut self) -> Result<&'a str, Problem> {
        let length = self.input.iter().position(|&byte| byte == b'\n');
        let length = length.ok_or_else(|| Problem::new("has a pickle that is cut off", ""))?;
        let line = self.take_slice(length + 1)?;
        let line = line.trim_ascii_end();
        str::from_utf8(line).map_err(|error| Problem::new("has a damaged name", error.to_string()))
    }

    fn pop(&mut self) -> Result<Value, Problem> {
        // What is under a mark belongs to an instruction to come.
        if self
            .marks
            .last()
            .is_some_and(|&mark| mark >= self.stack.len())
        {
            return Err(underflow());
        }
        self.stack.pop().ok_or_else(underflow)
    }

    fn pop_to_mark(&mut self) -> Result<Vec<Value>, Problem> {
        let mark = self.marks.pop().ok_or_else(underflow)?;
        if mark > self.stack.len() {
            return Err(underflow());
        }
        Ok(self.stack.split_off(mark))
    }

    fn put(&mut self, slot: u32) -> Result<(), Problem> {
        let value = self.stack.last().ok_or_else(underflow)?;
        // A dictionary still grows, and a copy of it would not. Nothing in a
        // `state_dict` refers to one twice.
        if !matches!(value, Value::Dict(..)) {
            self.memo.insert(slot, value.clone());
        }
        Ok(())
    }

    fn get(&mut self, slot: u32) -> Result<(), Problem> {
        let value = self.memo.get(&slot).ok_or_else(|| {
            Problem::new(
                "refers to what is not there, or twice to a dictionary",
                slot.to_string(),
            )
        })?;
        self.stack.push(value.clone());
        Ok(())
    }

    fn global(&mut self) -> Result<(), Problem> {
        let (module, name) = (self.take_line()?, self.take_line()?);
        let global = Global::named(module, name).ok_or_else(|| {
            Problem::new("names what tensors do not need", format!("{module}.{name}"))
        })?;
        self.stack.push(Value::Global(global));
        Ok(())
    }

    fn long(&mut self) -> Result<Value, Problem> {
        let [length] = self.take()?;
        let digits = self.take_slice(length.into())?;
        if digits.len() > 8 {
            return Err(Problem::new("has a number that is too large", ""));
        }
        let fill = if digits.last().is_some_and(|&last| last >= 0x80) {
            0xff
        } else {
            0
        };
        let mut bytes = [fill; 8];
        bytes[..digits.len()].copy_from_slice(digits);
        Ok(Value::Int(i64::from_le_bytes(bytes)))
    }

    fn text(&mut self) -> Result<Value, Problem> {
        let length = u32::from_le_bytes(self.take()?);
        let text = self.take_slice(length as usize)?;
        match str::from_utf8(text) {
            Ok(text) => Ok(Value::Text(text.into())),
            Err(error) => Err(Problem::new("has a damaged name", error.to_string())),
        }
    }

    /// `("storage", type, key, location, length)` on the stack to the storage.
    fn persistent(&mut self) -> Result<(), Problem> {
        let id = self.pop()?;
        let storage = match &id {
            Value::Tuple(_, items) => match &**items {
                [
                    Value::Text(kind),
                    Value::Global(Global::Storage(dtype)),
                    Value::Text(key),
                    _,
                    _,
                ] if &**kind == "storage" => Storage {
                    dtype: *dtype,
                    key: key.to_string(),
                },
                _ => {
                    return Err(Problem::new(
                        "refers to something else than a storage",
                        id.name(),
                    ));
                }
            },
            _ => {
                return Err(Problem::new(
                    "refers to something else than a storage",
                    id.name(),
                ));
            }
        };
        self.stack.push(Value::Storage(Rc::new(storage)));
        Ok(())
    }

    fn call(&mut self) -> Result<(), Problem> {
        let (args, callable) = (self.pop()?, self.pop()?);
        let wrong = || Problem::new("has wrong arguments", format!("{callable:?}"));
        let Value::Tuple(_, args) = &args else {
            return Err(wrong());
        };
        let value = match (&callable, &**args) {
            (Value::Global(Global::OrderedDict), []) => Value::Dict(0, Vec::new()),
            (Value::Global(Global::RebuildParameter), [tensor @ Value::Tensor(_), ..]) => {
                tensor.clone()
            }
            (
                Value::Global(Global::RebuildTensor),
                [Value::Storage(storage), offset, shape, strides, ..],
            ) => Value::Tensor(Rc::new(StoredView {
                storage: (**storage).clone(),
                offset: offset.size().ok_or_else(wrong)?,
                shape: shape.sizes().ok_or_else(wrong)?,
                strides: strides.sizes().ok_or_else(wrong)?,
            })),
            _ => return Err(wrong()),
        };
        self.stack.push(value);
        Ok(())
    }

    /// Puts keys and values, one after the other, into the dictionary on top of
    /// the stack.
    fn extend(&mut self, items: Vec<Value>) -> Result<(), Problem> {
        let Some(Value::Dict(depth, dict)) = self.stack.last_mut() else {
            return Err(Problem::new("sets items of what is no dictionary", ""));
        };
        *depth = deeper(&items, *depth)?;
        let mut items = items.into_iter();
        while let Some(key) = items.next() {
            dict.push((key, items.next().ok_or_else(underflow)?));
        }
        Ok(())
    }
}

fn tuple(items: Vec<Value>) -> Result<Value, Problem> {
    Ok(Value::Tuple(deeper(&items, 0)?, items.into()))
}

/// The depth of what holds `items`, if that is not too deep to be dropped.
fn deeper(items: &[Value], depth: usize) -> Result<usize, Problem> {
    let inner = items.iter().map(|item| item.depth() + 1).max();
    let depth = depth.max(inner.unwrap_or(0));
    if depth > DEPTH_MAX {
        return Err(Problem::new("nests too deeply", depth.to_string()));
    }
    Ok(depth)
}

fn underflow() -> Problem {
    Problem::new("has a pickle that takes more than it put", "")
}
