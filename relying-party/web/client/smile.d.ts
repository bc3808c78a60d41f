// Types of smile.js. Members of the API keep the names that they have on the wire; docs/api.md says what they mean.

/** What went wrong, and who says so. */
export class SmileError extends Error {
  /** `client` where there was no answer: code `network`, `timeout`, `answer_malformed` or `agent_unreachable`. */
  readonly source: "server" | "agent" | "client";
  /** Stable; docs/errors.md lists the server's, docs/agent.md the agent's. */
  readonly code: string;
  /** The HTTP status. */
  readonly status: number | null;
  readonly detail: string | null;
  /** The member, header or part of the query that broke the rule. */
  readonly param: string | null;
  readonly doc_url: string | null;
  readonly request_id: string | null;
  /** The key of a POST that was not settled: under it the same call can be made again, and takes effect once. */
  readonly idempotency_key: string | null;
  /** The UAF status code of a refused message, or of an operation that ended without one. */
  readonly uaf_status: number | null;
  /** With `agent_unreachable`: what the browser says of the local network. */
  readonly permission: LocalNetworkPermission | null;
}

export interface Once {
  /** One is made for each call where you name none. */
  idempotencyKey?: string;
}

export interface Options {
  /** Where the server is, such as `https://pay.example`. */
  url: string;
  /** The provider's secret key. Never in a page. */
  key?: string;
  /** One payment's client secret, in place of a key. */
  clientSecret?: string;
  /** How long one try may take, in milliseconds; 30000 where it is not said. */
  timeoutMs?: number;
  /** How many tries follow one without a verdict; 2 where it is not said. */
  retries?: number;
  fetch?: typeof fetch;
}

export type PaymentStatus =
  | "requires_payment_method"
  | "requires_confirmation"
  | "requires_action"
  | "requires_capture"
  | "processing"
  | "succeeded"
  | "canceled"
  | "failed"
  | "expired";

export interface NewPayment {
  /** Minor units. */
  amount: number;
  currency: string;
  payee: string;
  user?: string | null;
  order?: string | null;
  description?: string | null;
  capture_method?: "automatic" | "manual";
  confirm?: boolean;
  expires_in_s?: number;
  return_url?: string | null;
}

export interface Payment {
  id: string;
  status: PaymentStatus;
  amount: number;
  currency: string;
  payee: string;
  user: string | null;
  order: string | null;
  description: string | null;
  capture_method: "automatic" | "manual";
  amount_captured: number;
  amount_refunded: number;
  transaction_text: string;
  return_url: string | null;
  created_at: number;
  expires_at: number;
  /** In the answer to the creation only. */
  client_secret?: string;
  next_action?: { type: "uaf_transaction_confirmation"; url?: string };
  decline_code?: string;
  authorisation?: { credential: string; aaid: string; authorised_at: number };
}

export interface Refund {
  id: string;
  payment_intent: string;
  amount: number;
  currency: string;
  status: "pending" | "succeeded" | "failed";
  decline_code?: string;
  created_at: number;
}

export interface EnrolmentSession {
  id: string;
  status: "open" | "completed" | "expired";
  user: string;
  expires_at: number;
  /** In the answer to the creation only. */
  token?: string;
}

export interface List<T> {
  data: T[];
  has_more: boolean;
}

export interface Page {
  limit?: number;
  starting_after?: string;
}

export interface Context {
  clientSecret?: string;
  enrolmentSession?: string;
  authenticationSession?: string;
}

/** One server as one caller sees it. */
export class Smile {
  constructor(options: Options);
  readonly payments: {
    create(members: NewPayment, how?: Once): Promise<Payment>;
    read(id: string): Promise<Payment>;
    list(query?: Page & { user?: string; status?: PaymentStatus }): Promise<List<Payment>>;
    attach(id: string, user: string, how?: Once): Promise<Payment>;
    confirm(id: string, how?: Once): Promise<Payment>;
    capture(id: string, members?: { amount?: number }, how?: Once): Promise<Payment>;
    cancel(id: string, how?: Once): Promise<Payment>;
    /** The payer's no; wants a client secret. */
    decline(id: string): Promise<Payment>;
    /** COSE_Sign1. */
    receipt(id: string): Promise<Uint8Array>;
  };
  readonly refunds: {
    create(members: { payment_intent: string; amount?: number }, how?: Once): Promise<Refund>;
    read(id: string): Promise<Refund>;
    list(query: Page & { payment_intent?: string }): Promise<List<Refund>>;
  };
  readonly enrolmentSessions: {
    create(
      members: { user: string; consent: { version: string; language: string; text_sha256: string; agreed_at: number } },
      how?: Once,
    ): Promise<EnrolmentSession>;
    read(id: string): Promise<EnrolmentSession>;
  };
  readonly credentials: {
    list(user: string): Promise<List<Record<string, unknown>>>;
    read(id: string): Promise<Record<string, unknown>>;
    name(id: string, name: string, how?: Once): Promise<Record<string, unknown>>;
    suspend(id: string, how?: Once): Promise<Record<string, unknown>>;
    reinstate(id: string, how?: Once): Promise<Record<string, unknown>>;
    revoke(id: string, how?: Once): Promise<Record<string, unknown>>;
    deregister(id: string, how?: Once): Promise<{ id: string; status: string; uaf_request: string | null }>;
  };
  readonly users: {
    read(user: string): Promise<Record<string, unknown>>;
    lostDevice(user: string, which: { credential: string } | { all: true }, how?: Once): Promise<Record<string, unknown>>;
    consents(user: string): Promise<List<Record<string, unknown>>>;
    export(user: string): Promise<Record<string, unknown>>;
    erase(user: string, how?: Once): Promise<Record<string, unknown>>;
  };
  readonly receiptKeys: {
    jwk(): Promise<{ keys: Record<string, unknown>[] }>;
    cose(): Promise<Uint8Array>;
  };
  /** A UAF request message. Not repeated by itself. */
  uafRequest(context: Context): Promise<string>;
  /** Hands the agent's answer in. Not repeated by itself. */
  uafResponse(uafResponse: string, context: Context): Promise<{ statusCode: number }>;
}

export type LocalNetworkPermission = "granted" | "prompt" | "denied" | "unknown";
export type OperationStatus = "waiting" | "in_progress" | "done" | "refused" | "expired";

export interface Operation {
  id: string;
  status: OperationStatus;
  /** The agent's page; null where the agent needs none. */
  url?: string | null;
  expires_at?: number;
  uaf_response?: string | null;
  error?: { code: string; uaf_code?: number };
}

/** The agent as this page reaches it. */
export interface Agent {
  readonly url: string;
  pageOf(path: string): string;
  wellKnown(): Promise<{ version: string; paired: boolean }>;
  pair(): Promise<{ expires_at: number; finish(code: string): Promise<void> }>;
  operation(uafRequest: string): Promise<Operation>;
  events(id: string, onStatus?: (status: OperationStatus) => void): Promise<Operation>;
  operate(
    uafRequest: string,
    how?: { opened?: Window | null; onStatus?: (status: OperationStatus, page: string | null) => void },
  ): Promise<Operation>;
  withdraw(): Promise<void>;
}

export function connectAgent(options?: {
  /** `http://127.0.0.1:8788` where it is not said. */
  url?: string;
  onSend?: (what: "pairing" | "operation", body: string) => void;
  sockets?: boolean;
}): Agent;

export function localNetworkPermission(): Promise<LocalNetworkPermission>;
export function openWindow(): Window | null;
export function approve(how: {
  clientSecret: string;
  agent: Agent;
  url?: string;
  opened?: Window | null;
  onStatus?: (status: OperationStatus, page: string | null) => void;
}): Promise<Payment>;
