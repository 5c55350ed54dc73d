//! A small typed assembler: expressions with operators, variables, loops and branches, over the bytes of `wasm-encoder`.
//!
//! An expression [`E`] is the code that leaves one value on the stack; a [`Fun`] takes statements. What the types of Rust let
//! through is what WebAssembly takes, as far as operands go.

use std::marker::PhantomData;
use std::ops::{Add, BitAnd, BitOr, Div, Mul, Neg, Shl, Shr, Sub};

use wasm_encoder::{
    BlockType, CodeSection, ConstExpr, DataSection, ElementSection, Elements, Encode, ExportKind, ExportSection,
    FunctionSection, GlobalSection, GlobalType, Ieee64, Instruction, MemArg, MemArgTarget, MemorySection, MemoryType,
    RefType, TableSection, TableType, TypeSection, ValType,
};

/// A type of WebAssembly.
pub(super) trait Type: Copy {
    const VAL: ValType;
    const ADD: Instruction<'static>;
    const SUB: Instruction<'static>;
    const MUL: Instruction<'static>;
    /// Towards zero, for whole numbers.
    const DIV: Instruction<'static>;
    const EQ: Instruction<'static>;
    const NE: Instruction<'static>;
    const LT: Instruction<'static>;
    const LE: Instruction<'static>;
    const GT: Instruction<'static>;
    const GE: Instruction<'static>;
    fn load(at: MemArg) -> Instruction<'static>;
    fn store(at: MemArg) -> Instruction<'static>;
}

macro_rules! types {
    ($($name:ident $val:ident: $add:ident $sub:ident $mul:ident $div:ident
        $eq:ident $ne:ident $lt:ident $le:ident $gt:ident $ge:ident $load:ident $store:ident;)*) => {$(
        #[derive(Clone, Copy)]
        pub(super) struct $name;

        impl Type for $name {
            const VAL: ValType = ValType::$val;
            const ADD: Instruction<'static> = Instruction::$add;
            const SUB: Instruction<'static> = Instruction::$sub;
            const MUL: Instruction<'static> = Instruction::$mul;
            const DIV: Instruction<'static> = Instruction::$div;
            const EQ: Instruction<'static> = Instruction::$eq;
            const NE: Instruction<'static> = Instruction::$ne;
            const LT: Instruction<'static> = Instruction::$lt;
            const LE: Instruction<'static> = Instruction::$le;
            const GT: Instruction<'static> = Instruction::$gt;
            const GE: Instruction<'static> = Instruction::$ge;

            fn load(at: MemArg) -> Instruction<'static> {
                Instruction::$load(at)
            }

            fn store(at: MemArg) -> Instruction<'static> {
                Instruction::$store(at)
            }
        }
    )*};
}

types! {
    I I32: I32Add I32Sub I32Mul I32DivS I32Eq I32Ne I32LtS I32LeS I32GtS I32GeS I32Load I32Store;
    L I64: I64Add I64Sub I64Mul I64DivS I64Eq I64Ne I64LtS I64LeS I64GtS I64GeS I64Load I64Store;
    D F64: F64Add F64Sub F64Mul F64Div F64Eq F64Ne F64Lt F64Le F64Gt F64Ge F64Load F64Store;
}

/// Code that leaves one value.
#[derive(Clone)]
pub(super) struct E<T> {
    code: Vec<u8>,
    kind: PhantomData<T>,
}

impl<T> E<T> {
    fn of(code: Vec<u8>) -> Self {
        Self { code, kind: PhantomData }
    }

    fn then<U>(mut self, instruction: &Instruction<'_>) -> E<U> {
        instruction.encode(&mut self.code);
        E::of(self.code)
    }

    fn with<U, V>(mut self, other: &E<U>, instruction: &Instruction<'_>) -> E<V> {
        self.code.extend_from_slice(&other.code);
        self.then(instruction)
    }
}

/// A variable of a function.
#[derive(Clone, Copy)]
pub(super) struct Var<T> {
    index: u32,
    kind: PhantomData<T>,
}

impl<T> From<Var<T>> for E<T> {
    fn from(var: Var<T>) -> Self {
        E::<T>::of(Vec::new()).then(&Instruction::LocalGet(var.index))
    }
}

impl From<i32> for E<I> {
    fn from(value: i32) -> Self {
        E::<I>::of(Vec::new()).then(&Instruction::I32Const(value))
    }
}

impl From<i64> for E<L> {
    fn from(value: i64) -> Self {
        E::<L>::of(Vec::new()).then(&Instruction::I64Const(value))
    }
}

impl From<f64> for E<D> {
    fn from(value: f64) -> Self {
        E::<D>::of(Vec::new()).then(&Instruction::F64Const(Ieee64::from(value)))
    }
}

macro_rules! operators {
    ($($holder:ident)*) => {$(
        impl<T: Type, R: Into<E<T>>> Add<R> for $holder<T> {
            type Output = E<T>;
            fn add(self, other: R) -> E<T> {
                E::from(self).with(&other.into(), &T::ADD)
            }
        }

        impl<T: Type, R: Into<E<T>>> Sub<R> for $holder<T> {
            type Output = E<T>;
            fn sub(self, other: R) -> E<T> {
                E::from(self).with(&other.into(), &T::SUB)
            }
        }

        impl<T: Type, R: Into<E<T>>> Mul<R> for $holder<T> {
            type Output = E<T>;
            fn mul(self, other: R) -> E<T> {
                E::from(self).with(&other.into(), &T::MUL)
            }
        }

        impl<T: Type, R: Into<E<T>>> Div<R> for $holder<T> {
            type Output = E<T>;
            fn div(self, other: R) -> E<T> {
                E::from(self).with(&other.into(), &T::DIV)
            }
        }

        impl<R: Into<E<I>>> BitAnd<R> for $holder<I> {
            type Output = E<I>;
            fn bitand(self, other: R) -> E<I> {
                E::from(self).with(&other.into(), &Instruction::I32And)
            }
        }

        impl<R: Into<E<I>>> BitOr<R> for $holder<I> {
            type Output = E<I>;
            fn bitor(self, other: R) -> E<I> {
                E::from(self).with(&other.into(), &Instruction::I32Or)
            }
        }

        impl<R: Into<E<I>>> Shl<R> for $holder<I> {
            type Output = E<I>;
            fn shl(self, other: R) -> E<I> {
                E::from(self).with(&other.into(), &Instruction::I32Shl)
            }
        }

        impl<R: Into<E<I>>> Shr<R> for $holder<I> {
            type Output = E<I>;
            fn shr(self, other: R) -> E<I> {
                E::from(self).with(&other.into(), &Instruction::I32ShrU)
            }
        }

        impl Neg for $holder<D> {
            type Output = E<D>;
            fn neg(self) -> E<D> {
                E::from(self).then(&Instruction::F64Neg)
            }
        }

        impl<T: Type> $holder<T> {
            pub(super) fn eq(self, other: impl Into<E<T>>) -> E<I> {
                E::from(self).with(&other.into(), &T::EQ)
            }

            pub(super) fn ne(self, other: impl Into<E<T>>) -> E<I> {
                E::from(self).with(&other.into(), &T::NE)
            }

            pub(super) fn lt(self, other: impl Into<E<T>>) -> E<I> {
                E::from(self).with(&other.into(), &T::LT)
            }

            pub(super) fn le(self, other: impl Into<E<T>>) -> E<I> {
                E::from(self).with(&other.into(), &T::LE)
            }

            pub(super) fn gt(self, other: impl Into<E<T>>) -> E<I> {
                E::from(self).with(&other.into(), &T::GT)
            }

            pub(super) fn ge(self, other: impl Into<E<T>>) -> E<I> {
                E::from(self).with(&other.into(), &T::GE)
            }

            /// The lesser of the two; both are worked out twice.
            pub(super) fn least(self, other: impl Into<E<T>>) -> E<T> {
                let (a, b) = (E::from(self), other.into());
                either(a.clone().lt(b.clone()), a, b)
            }

            /// The greater of the two; both are worked out twice.
            pub(super) fn most(self, other: impl Into<E<T>>) -> E<T> {
                let (a, b) = (E::from(self), other.into());
                either(a.clone().gt(b.clone()), a, b)
            }
        }

        #[allow(dead_code, reason = "both holders have all of them")]
        impl $holder<I> {
            /// One where it is zero, zero otherwise.
            pub(super) fn negated(self) -> E<I> {
                E::from(self).then(&Instruction::I32Eqz)
            }

            pub(super) fn wide(self) -> E<L> {
                E::from(self).then(&Instruction::I64ExtendI32S)
            }

            /// What lies so many bytes behind this address.
            pub(super) fn at<T: Type>(self, offset: u64) -> E<T> {
                E::from(self).then(&T::load(place(offset)))
            }

            pub(super) fn byte(self, offset: u64) -> E<I> {
                E::from(self).then(&Instruction::I32Load8U(aligned(offset, 0)))
            }
        }

        #[allow(dead_code, reason = "both holders have all of them")]
        impl $holder<L> {
            pub(super) fn narrow(self) -> E<I> {
                E::from(self).then(&Instruction::I32WrapI64)
            }

            pub(super) fn double(self) -> E<D> {
                E::from(self).then(&Instruction::F64ConvertI64S)
            }

            pub(super) fn shl(self, by: impl Into<E<L>>) -> E<L> {
                E::from(self).with(&by.into(), &Instruction::I64Shl)
            }

            /// Without the sign.
            pub(super) fn shr(self, by: impl Into<E<L>>) -> E<L> {
                E::from(self).with(&by.into(), &Instruction::I64ShrU)
            }

            pub(super) fn and(self, other: impl Into<E<L>>) -> E<L> {
                E::from(self).with(&other.into(), &Instruction::I64And)
            }

            pub(super) fn or(self, other: impl Into<E<L>>) -> E<L> {
                E::from(self).with(&other.into(), &Instruction::I64Or)
            }

            pub(super) fn rem(self, other: impl Into<E<L>>) -> E<L> {
                E::from(self).with(&other.into(), &Instruction::I64RemS)
            }

            /// The double with these bits.
            pub(super) fn double_of_bits(self) -> E<D> {
                E::from(self).then(&Instruction::F64ReinterpretI64)
            }
        }

        #[allow(dead_code, reason = "both holders have all of them")]
        impl $holder<D> {
            pub(super) fn abs(self) -> E<D> {
                E::from(self).then(&Instruction::F64Abs)
            }

            pub(super) fn nearest(self) -> E<D> {
                E::from(self).then(&Instruction::F64Nearest)
            }

            pub(super) fn bits(self) -> E<L> {
                E::from(self).then(&Instruction::I64ReinterpretF64)
            }

            pub(super) fn whole(self) -> E<L> {
                E::from(self).then(&Instruction::I64TruncSatF64S)
            }
        }
    )*};
}

operators! { E Var }

/// A place that lies on four bytes.
fn place(offset: u64) -> MemArg {
    aligned(offset, 2)
}

fn aligned(offset: u64, align: u32) -> MemArg {
    MemArg { offset, align, target: MemArgTarget::Memory(0), ordering: None }
}

/// One of two values by a condition; all three are worked out.
#[expect(clippy::needless_pass_by_value, reason = "an expression is used up")]
pub(super) fn either<T>(condition: E<I>, then: impl Into<E<T>>, otherwise: impl Into<E<T>>) -> E<T> {
    let (mut then, otherwise) = (then.into(), otherwise.into());
    then.code.extend_from_slice(&otherwise.code);
    then.with(&condition, &Instruction::Select)
}

/// A condition that is only looked at where the first holds.
pub(super) fn both(first: E<I>, second: &E<I>) -> E<I> {
    let mut code = first.then::<I>(&Instruction::If(BlockType::Result(ValType::I32))).code;
    code.extend_from_slice(&second.code);
    E::<I>::of(code).then::<I>(&Instruction::Else).then::<I>(&Instruction::I32Const(0)).then(&Instruction::End)
}

/// A condition that is only looked at where the first does not hold.
pub(super) fn one_of(first: E<I>, second: &E<I>) -> E<I> {
    let code = first.then::<I>(&Instruction::If(BlockType::Result(ValType::I32)));
    let mut code = code.then::<I>(&Instruction::I32Const(1)).then::<I>(&Instruction::Else).code;
    code.extend_from_slice(&second.code);
    E::<I>::of(code).then(&Instruction::End)
}

/// What a function is called with.
pub(super) trait Args {
    fn push(self, code: &mut Vec<u8>);
}

/// One of them.
pub(super) trait Arg {
    fn push(self, code: &mut Vec<u8>);
}

impl<T> Arg for E<T> {
    fn push(self, code: &mut Vec<u8>) {
        code.extend_from_slice(&self.code);
    }
}

impl<T> Arg for Var<T> {
    fn push(self, code: &mut Vec<u8>) {
        Instruction::LocalGet(self.index).encode(code);
    }
}

impl Arg for i32 {
    fn push(self, code: &mut Vec<u8>) {
        Instruction::I32Const(self).encode(code);
    }
}

impl Arg for i64 {
    fn push(self, code: &mut Vec<u8>) {
        Instruction::I64Const(self).encode(code);
    }
}

impl Arg for f64 {
    fn push(self, code: &mut Vec<u8>) {
        Instruction::F64Const(Ieee64::from(self)).encode(code);
    }
}

macro_rules! tuples {
    ($(($($name:ident)*))*) => {$(
        impl<$($name: Arg),*> Args for ($($name,)*) {
            #[allow(non_snake_case, unused_variables, reason = "a tuple of any length")]
            fn push(self, code: &mut Vec<u8>) {
                let ($($name,)*) = self;
                $($name.push(code);)*
            }
        }
    )*};
}

tuples! { () (A) (A B) (A B C) (A B C F) (A B C F G) (A B C F G H) (A B C F G H J) (A B C F G H J K) (A B C F G H J K M) }

/// A function that can be called.
#[derive(Clone, Copy)]
pub(super) struct Callee {
    index: u32,
    kind: u32,
}

impl Callee {
    pub(super) fn call<T>(self, args: impl Args) -> E<T> {
        let mut code = Vec::new();
        args.push(&mut code);
        E::<T>::of(code).then(&Instruction::Call(self.index))
    }
}

/// A sort of functions that stand in the module's table.
#[derive(Clone, Copy)]
pub(super) struct Signature(u32);

impl Signature {
    /// Calls the function at that place of the table.
    pub(super) fn call<T>(self, at: impl Into<E<I>>, args: impl Args) -> E<T> {
        let mut code = Vec::new();
        args.push(&mut code);
        let call = Instruction::CallIndirect { type_index: self.0, table_index: 0 };
        E::<T>::of(code).with(&at.into(), &call)
    }
}

/// The body of a function.
#[derive(Default)]
pub(super) struct Fun {
    params: u32,
    locals: Vec<ValType>,
    code: Vec<u8>,
}

impl Fun {
    pub(super) fn param<T: Type>(&self, index: u32) -> Var<T> {
        debug_assert!(index < self.params);
        Var { index, kind: PhantomData }
    }

    /// A new variable, which is zero until it is set.
    pub(super) fn empty<T: Type>(&mut self) -> Var<T> {
        let index = self.params + u32::try_from(self.locals.len()).unwrap_or(u32::MAX);
        self.locals.push(T::VAL);
        Var { index, kind: PhantomData }
    }

    pub(super) fn var<T: Type>(&mut self, value: impl Into<E<T>>) -> Var<T> {
        let var = self.empty();
        self.set(var, value);
        var
    }

    pub(super) fn set<T: Type>(&mut self, var: Var<T>, value: impl Into<E<T>>) {
        self.code.extend_from_slice(&value.into().code);
        Instruction::LocalSet(var.index).encode(&mut self.code);
    }

    /// The results of a function that has two.
    #[expect(clippy::needless_pass_by_value, reason = "an expression is used up")]
    pub(super) fn pair<T: Type, U: Type>(&mut self, call: E<(T, U)>) -> (Var<T>, Var<U>) {
        let (first, second) = (self.empty(), self.empty());
        self.code.extend_from_slice(&call.code);
        Instruction::LocalSet(second.index).encode(&mut self.code);
        Instruction::LocalSet(first.index).encode(&mut self.code);
        (first, second)
    }

    pub(super) fn store<T: Type>(&mut self, at: impl Into<E<I>>, offset: u64, value: impl Into<E<T>>) {
        self.code.extend_from_slice(&at.into().code);
        self.code.extend_from_slice(&value.into().code);
        T::store(place(offset)).encode(&mut self.code);
    }

    pub(super) fn store_byte(&mut self, at: impl Into<E<I>>, value: impl Into<E<I>>) {
        self.code.extend_from_slice(&at.into().code);
        self.code.extend_from_slice(&value.into().code);
        Instruction::I32Store8(aligned(0, 0)).encode(&mut self.code);
    }

    /// Sets so many bytes to one value.
    pub(super) fn fill(&mut self, at: i32, value: i32, size: i32) {
        for operand in [at, value, size] {
            Instruction::I32Const(operand).encode(&mut self.code);
        }
        Instruction::MemoryFill(0).encode(&mut self.code);
    }

    /// A call for its effect.
    pub(super) fn run(&mut self, call: &E<()>) {
        self.code.extend_from_slice(&call.code);
    }

    pub(super) fn when(&mut self, condition: impl Into<E<I>>, then: impl FnOnce(&mut Self)) {
        self.code.extend_from_slice(&condition.into().code);
        Instruction::If(BlockType::Empty).encode(&mut self.code);
        then(self);
        Instruction::End.encode(&mut self.code);
    }

    pub(super) fn when_else(
        &mut self,
        condition: impl Into<E<I>>,
        then: impl FnOnce(&mut Self),
        otherwise: impl FnOnce(&mut Self),
    ) {
        self.code.extend_from_slice(&condition.into().code);
        Instruction::If(BlockType::Empty).encode(&mut self.code);
        then(self);
        Instruction::Else.encode(&mut self.code);
        otherwise(self);
        Instruction::End.encode(&mut self.code);
    }

    pub(super) fn while_(&mut self, condition: impl Into<E<I>>, body: impl FnOnce(&mut Self)) {
        Instruction::Block(BlockType::Empty).encode(&mut self.code);
        Instruction::Loop(BlockType::Empty).encode(&mut self.code);
        self.code.extend_from_slice(&condition.into().negated().code);
        Instruction::BrIf(1).encode(&mut self.code);
        body(self);
        Instruction::Br(0).encode(&mut self.code);
        Instruction::End.encode(&mut self.code);
        Instruction::End.encode(&mut self.code);
    }

    /// The entries of `size` bytes from one address up to another.
    pub(super) fn each(
        &mut self,
        from: impl Into<E<I>>,
        to: impl Into<E<I>>,
        size: i32,
        body: impl FnOnce(&mut Self, Var<I>),
    ) {
        let (one, end) = (self.var(from), self.var(to));
        self.while_(one.lt(end), |f| {
            body(f, one);
            f.set(one, one + size);
        });
    }

    pub(super) fn ret<T>(&mut self, value: impl Into<E<T>>) {
        self.code.extend_from_slice(&value.into().code);
        Instruction::Return.encode(&mut self.code);
    }

    /// The end of a function without a result.
    pub(super) fn nothing(&mut self) {
        Instruction::Return.encode(&mut self.code);
    }

    pub(super) fn ret_pair<T, U>(&mut self, first: impl Into<E<T>>, second: impl Into<E<U>>) {
        self.code.extend_from_slice(&first.into().code);
        self.ret(second);
    }

    /// Enough memory for so many bytes, or the end of the run.
    pub(super) fn ensure_memory(&mut self, end: impl Into<E<I>>) {
        let end = self.var(end);
        let size = E::<I>::of(Vec::new()).then::<I>(&Instruction::MemorySize(0)) << 16;
        self.when(end.gt(size.clone()), |f| {
            let pages = ((end - size) >> 16) + 16;
            let grown: E<I> = pages.then(&Instruction::MemoryGrow(0));
            f.when(grown.eq(-1), |f| Instruction::Unreachable.encode(&mut f.code));
        });
    }

    fn finish(mut self) -> wasm_encoder::Function {
        // Every path has returned.
        Instruction::Unreachable.encode(&mut self.code);
        Instruction::End.encode(&mut self.code);
        let mut function = wasm_encoder::Function::new_with_locals_types(self.locals);
        function.raw(self.code);
        function
    }
}

/// A module on its way.
#[derive(Default)]
pub(super) struct Module {
    types: Vec<(Vec<ValType>, Vec<ValType>)>,
    functions: Vec<(u32, Option<wasm_encoder::Function>)>,
    table: Vec<u32>,
    exports: ExportSection,
    globals: GlobalSection,
    constants: u32,
}

impl Module {
    pub(super) fn signature(&mut self, params: &[ValType], results: &[ValType]) -> Signature {
        let kind = (params.to_vec(), results.to_vec());
        let at = self.types.iter().position(|known| *known == kind).unwrap_or_else(|| {
            self.types.push(kind);
            self.types.len() - 1
        });
        Signature(u32::try_from(at).unwrap_or(u32::MAX))
    }

    pub(super) fn declare(&mut self, params: &[ValType], results: &[ValType]) -> Callee {
        let Signature(kind) = self.signature(params, results);
        let index = u32::try_from(self.functions.len()).unwrap_or(u32::MAX);
        self.functions.push((kind, None));
        Callee { index, kind }
    }

    pub(super) fn define(&mut self, callee: Callee, body: impl FnOnce(&mut Fun)) {
        let params = self.types.get(callee.kind as usize).map_or(0, |(params, _)| params.len());
        let mut function = Fun { params: u32::try_from(params).unwrap_or(u32::MAX), ..Fun::default() };
        body(&mut function);
        if let Some((_, slot)) = self.functions.get_mut(callee.index as usize) {
            *slot = Some(function.finish());
        }
    }

    pub(super) fn function(&mut self, params: &[ValType], results: &[ValType], body: impl FnOnce(&mut Fun)) -> Callee {
        let callee = self.declare(params, results);
        self.define(callee, body);
        callee
    }

    /// The place of a function in the table.
    pub(super) fn place_of(&mut self, callee: Callee) -> i32 {
        let at = self.table.iter().position(|known| *known == callee.index).unwrap_or_else(|| {
            self.table.push(callee.index);
            self.table.len() - 1
        });
        i32::try_from(at).unwrap_or(i32::MAX)
    }

    pub(super) fn export(&mut self, name: &str, callee: Callee) {
        self.exports.export(name, ExportKind::Func, callee.index);
    }

    /// A number that a host can read.
    pub(super) fn constant(&mut self, name: &str, value: i32) {
        let kind = GlobalType { val_type: ValType::I32, mutable: false, shared: false };
        self.globals.global(kind, &ConstExpr::i32_const(value));
        self.exports.export(name, ExportKind::Global, self.constants);
        self.constants += 1;
    }

    /// The module, with this at the beginning of its memory.
    pub(super) fn finish(mut self, data: &[u8], pages: u64, about: &wasm_encoder::CustomSection<'_>) -> Vec<u8> {
        let mut types = TypeSection::new();
        for (params, results) in &self.types {
            types.ty().function(params.iter().copied(), results.iter().copied());
        }
        let (mut functions, mut code) = (FunctionSection::new(), CodeSection::new());
        for (kind, body) in &self.functions {
            functions.function(*kind);
            match body {
                Some(body) => code.function(body),
                None => code.function(&Fun::default().finish()),
            };
        }
        let size = self.table.len() as u64;
        let mut tables = TableSection::new();
        tables.table(TableType {
            element_type: RefType::FUNCREF,
            table64: false,
            minimum: size,
            maximum: Some(size),
            shared: false,
        });
        let mut elements = ElementSection::new();
        elements.active(None, &ConstExpr::i32_const(0), Elements::Functions(self.table.as_slice().into()));
        let mut memories = MemorySection::new();
        memories.memory(MemoryType {
            minimum: pages,
            maximum: None,
            memory64: false,
            shared: false,
            page_size_log2: None,
        });
        self.exports.export("memory", ExportKind::Memory, 0);
        let mut segments = DataSection::new();
        segments.active(0, &ConstExpr::i32_const(0), data.iter().copied());
        let mut module = wasm_encoder::Module::new();
        module.section(&types).section(&functions).section(&tables).section(&memories).section(&self.globals);
        module.section(&self.exports).section(&elements).section(&code).section(&segments).section(about);
        module.finish()
    }
}
