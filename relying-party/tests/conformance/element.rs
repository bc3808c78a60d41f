//! TLV as a tree that may be anything: wrong tags, wrong order, lengths that lie (Commands §4).

/// What is inside an element.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    Bytes(Vec<u8>),
    Elements(Vec<Element>),
}

/// One element: tag, length, value.
#[derive(Clone, Debug, PartialEq)]
pub struct Element {
    pub tag: u16,
    pub content: Content,
    /// What the length field says too much (or, negative, too little).
    pub lie: i16,
}

impl Element {
    pub fn leaf(tag: u16, value: impl Into<Vec<u8>>) -> Self {
        let content = Content::Bytes(value.into());
        Self { tag, content, lie: 0 }
    }

    pub fn node(tag: u16, elements: Vec<Element>) -> Self {
        let content = Content::Elements(elements);
        Self { tag, content, lie: 0 }
    }

    /// An extension that a receiver may ignore (0x3E12), or with `critical` has to understand (0x3E11).
    pub fn extension(critical: bool) -> Self {
        let tag = if critical { 0x3E11 } else { 0x3E12 };
        Self::node(
            tag,
            vec![Self::leaf(0x2E13, *b"example"), Self::leaf(0x2E14, *b"data")],
        )
    }

    /// The elements of a composite.
    pub fn elements(&mut self) -> &mut Vec<Element> {
        match &mut self.content {
            Content::Elements(elements) => elements,
            Content::Bytes(_) => panic!("0x{:04X} is no composite here", self.tag),
        }
    }

    /// The value of a leaf.
    pub fn bytes(&mut self) -> &mut Vec<u8> {
        match &mut self.content {
            Content::Bytes(bytes) => bytes,
            Content::Elements(_) => panic!("0x{:04X} is a composite here", self.tag),
        }
    }

    /// Where the first element with `tag` stands.
    pub fn position(&mut self, tag: u16) -> usize {
        let found = self.elements().iter().position(|element| element.tag == tag);
        found.unwrap_or_else(|| panic!("no element 0x{tag:04X}"))
    }

    /// The first element with `tag`.
    pub fn child(&mut self, tag: u16) -> &mut Element {
        let position = self.position(tag);
        &mut self.elements()[position]
    }

    /// Tag, length and value.
    pub fn encode(&self) -> Vec<u8> {
        let value = match &self.content {
            Content::Bytes(bytes) => bytes.clone(),
            Content::Elements(elements) => elements.iter().flat_map(Element::encode).collect(),
        };
        let length = u16::try_from(value.len()).expect("a test's element is short");
        let told = length.wrapping_add_signed(self.lie);
        [&self.tag.to_le_bytes()[..], &told.to_le_bytes(), &value].concat()
    }
}
