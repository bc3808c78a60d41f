//! One operation: a method of a path, who may ask for it, what it takes, answers and refuses.

use super::header::{self, IDEMPOTENCY_KEY};
use super::problem;
use super::security::Permission;
use super::shape::Shape;
use crate::http::{limits, version};
use crate::service::RefusalCode;
use serde_json::Value;
use smile_ceremony::record::Scope;
use utoipa::openapi::path::{
    Operation as Described, OperationBuilder, Parameter, ParameterBuilder, ParameterIn,
};
use utoipa::openapi::request_body::{RequestBody, RequestBodyBuilder};
use utoipa::openapi::{
    Content, ContentBuilder, HttpMethod, ObjectBuilder, RefOr, Required, Response, ResponseBuilder, Schema,
};

const JSON: &str = "application/json";

/// What is refused of the body of a POST of `/v1`.
const BODY: [RefusalCode; 7] = [
    RefusalCode::BodyMalformed,
    RefusalCode::BodyTooLarge,
    RefusalCode::ContentTypeUnsupported,
    RefusalCode::MemberUnknown,
    RefusalCode::MemberDuplicate,
    RefusalCode::RequestTimeout,
    RefusalCode::RequestMalformed,
];

/// An operation under construction.
pub struct Operation {
    /// Its method.
    pub method: HttpMethod,
    /// Its path, in the words of the route: `/v1/refunds/{id}`.
    pub path: &'static str,
    subject: &'static str,
    name: &'static str,
    summary: &'static str,
    description: Option<&'static str>,
    permission: Permission,
    parameters: Vec<Parameter>,
    request: Option<RequestBody>,
    answers: Vec<(u16, Response)>,
    refusals: Vec<RefusalCode>,
}

impl Operation {
    /// A GET, with a name that client generators make a function of.
    pub fn get(path: &'static str, name: &'static str, summary: &'static str) -> Self {
        Self::new(HttpMethod::Get, path, name, summary)
    }

    /// A POST.
    pub fn post(path: &'static str, name: &'static str, summary: &'static str) -> Self {
        Self::new(HttpMethod::Post, path, name, summary)
    }

    /// A DELETE, which has no body and takes effect once like a POST.
    pub fn delete(path: &'static str, name: &'static str, summary: &'static str) -> Self {
        Self::new(HttpMethod::Delete, path, name, summary).once()
    }

    fn new(method: HttpMethod, path: &'static str, name: &'static str, summary: &'static str) -> Self {
        let mut operation = Self {
            method,
            path,
            subject: "",
            name,
            summary,
            description: None,
            permission: Permission::Nothing,
            parameters: Vec::new(),
            request: None,
            answers: Vec::new(),
            refusals: Vec::new(),
        };
        if version::is_dated(path) {
            operation.parameters.push(header::version());
            operation.refusals.push(RefusalCode::VersionUnknown);
        }
        if limits::is_counted(path) {
            operation.refusals.push(RefusalCode::RateLimited);
        }
        operation
    }

    /// The heading that it stands under.
    pub fn about(mut self, subject: &'static str) -> Self {
        self.subject = subject;
        self
    }

    /// What else there is to say.
    pub fn says(mut self, description: &'static str) -> Self {
        self.description = Some(description);
        self
    }

    /// Asks for a key of the provider that permits what `scope` names.
    pub fn for_provider(self, scope: Scope) -> Self {
        self.permitted(Permission::Key(scope))
    }

    /// Asks for such a key, or for the client secret of the payment.
    pub fn for_provider_or_app(self, scope: Scope) -> Self {
        self.permitted(Permission::KeyOrClientSecret(scope))
    }

    /// Asks for the client secret of the payment: no key stands for the payer.
    pub fn for_payer(self) -> Self {
        self.permitted(Permission::ClientSecret)
    }

    fn permitted(mut self, permission: Permission) -> Self {
        self.permission = permission;
        self.refuses(permission.refusals())
    }

    /// Names a part of the path; nothing may be there under it.
    pub fn at(mut self, name: &str, schema: ObjectBuilder) -> Self {
        let schema: RefOr<Schema> = schema.into();
        let parameter = ParameterBuilder::new().name(name).parameter_in(ParameterIn::Path);
        let parameter = parameter.required(Required::True).schema(Some(schema));
        self.parameters.push(parameter.build());
        // What a client puts there may make another path of it.
        self.refuses(&[RefusalCode::EndpointUnknown])
    }

    /// A name behind the `?` that must be there.
    pub fn asks(self, name: &str, schema: ObjectBuilder) -> Self {
        self.query(name, schema, Required::True)
    }

    /// A name behind the `?` that may be left out.
    pub fn may_ask(self, name: &str, schema: ObjectBuilder) -> Self {
        self.query(name, schema, Required::False)
    }

    fn query(mut self, name: &str, schema: ObjectBuilder, required: Required) -> Self {
        let schema: RefOr<Schema> = schema.into();
        let parameter = ParameterBuilder::new()
            .name(name)
            .parameter_in(ParameterIn::Query);
        self.parameters
            .push(parameter.required(required).schema(Some(schema)).build());
        self.refuses(&[RefusalCode::QueryInvalid])
    }

    /// A POST of `/v1` with this body.
    pub fn takes(self, shape: &Shape, example: Value) -> Self {
        self.body(shape, example, Required::True)
            .refuses(&[RefusalCode::MemberMissing, RefusalCode::MemberInvalid])
    }

    /// A POST of `/v1` whose body may be left out.
    pub fn may_take(self, shape: &Shape, example: Value) -> Self {
        self.body(shape, example, Required::False)
    }

    /// A POST of `/v1` without members, that changes nothing where it is sent again.
    pub fn may_say(mut self, shape: &Shape) -> Self {
        let content = of_shape(shape, Some(Value::Object(serde_json::Map::new())));
        let body = RequestBodyBuilder::new().content(JSON, content);
        self.request = Some(body.required(Some(Required::False)).build());
        self.refuses(&BODY)
    }

    fn body(mut self, shape: &Shape, example: Value, required: Required) -> Self {
        let content = of_shape(shape, Some(example));
        let body = RequestBodyBuilder::new()
            .content(JSON, content)
            .required(Some(required));
        self.request = Some(body.build());
        self.once()
    }

    /// Takes effect once under an idempotency key. A body that is there is read, also where none is described.
    fn once(mut self) -> Self {
        self.parameters.push(header::idempotency_key());
        self.refuses(&BODY).refuses(&[
            RefusalCode::IdempotencyKeyInvalid,
            RefusalCode::IdempotencyKeyReused,
            RefusalCode::IdempotencyInFlight,
            // Whatever it is, it may have changed meanwhile.
            RefusalCode::StateConflict,
        ])
    }

    /// A FIDO message of this shape.
    pub fn takes_message(mut self, media_type: &str, shape: &Shape, example: Value) -> Self {
        let content = of_shape(shape, Some(example));
        let body = RequestBodyBuilder::new().content(media_type, content);
        self.request = Some(body.required(Some(Required::True)).build());
        self.refuses(&[
            RefusalCode::BodyTooLarge,
            RefusalCode::ContentTypeUnsupported,
            RefusalCode::RequestTimeout,
            RefusalCode::RequestMalformed,
        ])
    }

    /// Answers with JSON of this shape.
    pub fn answers(self, status: u16, says: &str, shape: &Shape, example: Value) -> Self {
        self.answers_as(status, says, JSON, of_shape(shape, Some(example)))
    }

    /// Answers with content of this media type; a second one for the same status stands beside the first.
    pub fn answers_as(mut self, status: u16, says: &str, media_type: &str, content: Content) -> Self {
        if let Some((_, response)) = self.answers.iter_mut().find(|(known, _)| *known == status) {
            response.content.insert(media_type.to_owned(), RefOr::T(content));
            return self;
        }
        let response = ResponseBuilder::new()
            .description(says)
            .content(media_type, content);
        self.answers.push((status, response.build()));
        self
    }

    /// Refuses with these codes too.
    pub fn refuses(mut self, codes: &[RefusalCode]) -> Self {
        self.refusals.extend(codes);
        self
    }

    /// Reads the store or writes to it, which may fail.
    pub fn stored(self) -> Self {
        self.refuses(&[RefusalCode::StoreUnavailable, RefusalCode::Internal])
    }

    /// The operation as the document has it.
    pub fn described(self) -> Described {
        let is_once = self.parameters.iter().any(|one| one.name == IDEMPOTENCY_KEY);
        let mut described = OperationBuilder::new()
            .tag(self.subject)
            .operation_id(Some(self.name))
            .summary(Some(self.summary))
            .description(self.description)
            .securities(Some(self.permission.requirements()))
            .request_body(self.request);
        for parameter in self.parameters {
            described = described.parameter(parameter);
        }
        for (status, response) in self.answers.into_iter().chain(problem::answers(&self.refusals)) {
            let response = header::with_headers(response, self.path, status, is_once);
            described = described.response(status.to_string(), response);
        }
        described.build()
    }
}

/// Content of a shape.
pub fn of_shape(shape: &Shape, example: Option<Value>) -> Content {
    let schema: RefOr<Schema> = shape.reference().into();
    ContentBuilder::new()
        .schema(Some(schema))
        .example(example)
        .build()
}
