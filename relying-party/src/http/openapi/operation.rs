//! One operation: a method of a path, who may ask for it, what it takes, answers and refuses.

use super::problem;
use super::shape::{Shape, like, line, one_of};
use crate::service::RefusalCode;
use serde_json::Value;
use utoipa::openapi::path::{
    Operation as Described, OperationBuilder, Parameter, ParameterBuilder, ParameterIn,
};
use utoipa::openapi::request_body::{RequestBody, RequestBodyBuilder};
use utoipa::openapi::{
    Content, ContentBuilder, HttpMethod, ObjectBuilder, Ref, RefOr, Required, Response, ResponseBuilder,
    Schema, SecurityRequirement,
};

/// The name of the provider's key among the security schemes.
pub const SECRET_KEY: &str = "secret_key";

/// The name of a payment's client secret among the security schemes.
pub const CLIENT_SECRET: &str = "client_secret";

const JSON: &str = "application/json";

/// Who may ask.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Permission {
    /// Everybody; or what is asked for brings its permission in its message.
    Nothing,
    /// Who holds a secret key of the provider.
    SecretKey,
    /// That, or who holds the client secret of the payment.
    ClientSecretToo,
}

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

    fn new(method: HttpMethod, path: &'static str, name: &'static str, summary: &'static str) -> Self {
        Self {
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
        }
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

    /// Asks for a secret key of the provider.
    pub fn for_provider(mut self) -> Self {
        self.permission = Permission::SecretKey;
        self.refuses(&[RefusalCode::ApiKeyMissing, RefusalCode::ApiKeyInvalid])
    }

    /// Asks for a secret key of the provider, or for the client secret of the payment.
    pub fn for_provider_or_app(self) -> Self {
        let mut operation = self.for_provider();
        operation.permission = Permission::ClientSecretToo;
        operation.refuses(&[RefusalCode::ClientSecretInvalid])
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

    fn body(mut self, shape: &Shape, example: Value, required: Required) -> Self {
        let content = of_shape(shape, Some(example));
        let body = RequestBodyBuilder::new()
            .content(JSON, content)
            .required(Some(required));
        self.request = Some(body.build());
        self.parameters.push(idempotency_key());
        self.refuses(&[
            RefusalCode::BodyMalformed,
            RefusalCode::BodyTooLarge,
            RefusalCode::ContentTypeUnsupported,
            RefusalCode::MemberUnknown,
            RefusalCode::MemberDuplicate,
            RefusalCode::IdempotencyKeyInvalid,
            RefusalCode::IdempotencyKeyReused,
            RefusalCode::IdempotencyInFlight,
            // Whatever it is, it may have changed meanwhile.
            RefusalCode::StateConflict,
            RefusalCode::RequestTimeout,
            RefusalCode::RequestMalformed,
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
        let mut response = ResponseBuilder::new()
            .description(says)
            .content(media_type, content);
        if self
            .parameters
            .iter()
            .any(|parameter| parameter.name == IDEMPOTENCY_KEY)
        {
            response = response.header_ref("Idempotent-Replayed", header_reference(REPLAYED));
        }
        self.answers.push((status, with_request_id(response).build()));
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
        let key = SecurityRequirement::new(SECRET_KEY, [""; 0]);
        let secret = SecurityRequirement::new(CLIENT_SECRET, [""; 0]);
        let securities = match self.permission {
            Permission::Nothing => Vec::new(),
            Permission::SecretKey => vec![key],
            Permission::ClientSecretToo => vec![key, secret],
        };
        let mut described = OperationBuilder::new()
            .tag(self.subject)
            .operation_id(Some(self.name))
            .summary(Some(self.summary))
            .description(self.description)
            .securities(Some(securities))
            .request_body(self.request);
        for parameter in self.parameters {
            described = described.parameter(parameter);
        }
        for (status, response) in self.answers.into_iter().chain(problem::answers(&self.refusals)) {
            described = described.response(status.to_string(), response);
        }
        described.build()
    }
}

const IDEMPOTENCY_KEY: &str = "Idempotency-Key";

fn idempotency_key() -> Parameter {
    let says = "A name of your choice under which this request takes effect once, for 24 hours; the same request under \
        the same key is answered alike. White space at its ends is no part of it.";
    let schema: RefOr<Schema> = line(says, 1..=255, "^[!-~]([ -~]*[!-~])?$").into();
    ParameterBuilder::new()
        .name(IDEMPOTENCY_KEY)
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .schema(Some(schema))
        .build()
}

/// Content of a shape.
pub fn of_shape(shape: &Shape, example: Option<Value>) -> Content {
    let schema: RefOr<Schema> = shape.reference().into();
    ContentBuilder::new()
        .schema(Some(schema))
        .example(example)
        .build()
}

/// The name of `Idempotent-Replayed` among the headers.
const REPLAYED: &str = "IdempotentReplayed";

/// The name of `x-request-id` among the headers.
const REQUEST_ID: &str = "RequestId";

/// The headers of answers, by their names in the document.
pub fn headers() -> [(&'static str, ObjectBuilder); 2] {
    let replayed = "There where the answer was given before, to the same request.";
    [
        (REPLAYED, one_of(replayed, ["true"])),
        (
            REQUEST_ID,
            like("The request's id, which is in the log too.", UUID),
        ),
    ]
}

fn header_reference(name: &str) -> Ref {
    Ref::new(format!("#/components/headers/{name}"))
}

/// Every answer of the server's own carries its request's id.
pub fn with_request_id(response: ResponseBuilder) -> ResponseBuilder {
    response.header_ref("x-request-id", header_reference(REQUEST_ID))
}

/// A UUIDv7 in small letters (RFC 9562 §5.7).
pub const UUID: &str = "^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$";
