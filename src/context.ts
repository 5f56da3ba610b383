/** What a resolver gets: the viewer, the tenant-bound database, the services and a log that carries the request id. */
import type { GraphQLError } from 'graphql';
import type { Plugin, YogaInitialContext } from 'graphql-yoga';
import type { AuthorizationState } from './authorization/state.ts';
import type { Viewer } from './authorization/viewer.ts';
import type { Config } from './config.ts';
import type { Exchange, ServerContext } from './http/exchange.ts';
import type { Logger } from './logger.ts';
import type { Services } from './nouns/services.ts';
import type { RateLimiterFn } from './operation/field-limits.ts';
import type { PreparedOperation } from './operation/prepare.ts';
import type { Admitted } from './registry/admission.ts';
import type { Database } from './stores/database.ts';
import type { Events } from './stores/events.ts';
import type { Sealer } from './stores/sealer.ts';

/** Facts about the request that services and audit events need. */
export interface RequestFacts {
  readonly requestId: string;
  /** The client's address: the socket's, or a forwarded one where TRUST_PROXY says so. */
  readonly ip: string;
  readonly userAgent: string | null;
}

/** The context of every resolver. */
export interface GatewayContext extends YogaInitialContext {
  readonly requestFacts: RequestFacts;
  /** The HTTP exchange, for the frame's own plugins; resolvers go by `requestFacts`. */
  readonly exchange: Exchange;
  readonly viewer: Viewer;
  readonly db: Database;
  /** Seals cursors. */
  readonly sealer: Sealer;
  /** What subscriptions listen to. */
  readonly events: Events;
  readonly services: Services;
  readonly config: Config;
  readonly log: Logger;
  /** What the request may run, and under which registration. */
  readonly admitted?: Admitted;
  /** What is wrong with the document that was sent; empty for one that may run. */
  readonly validationErrors: readonly GraphQLError[];
  /** The operation as it was read; set once its text is known. */
  readonly operation: PreparedOperation;
  /** Limits calls of single fields. */
  readonly rateLimiterFn: RateLimiterFn;
  /** Calls of limited fields that are over their limit, by response key; set for each run. */
  readonly refusals: ReadonlyMap<string, GraphQLError>;
  /** The operation's plan and the denials found so far; set for each run. */
  readonly authorization: AuthorizationState;
}

/** A Yoga plugin that knows what the gateway carries through its hooks. */
export type GatewayPlugin = Plugin<GatewayContext, ServerContext>;

/** A plugin of the deployment's own: any Yoga or envelop plugin, or one that knows the gateway's context. */
export type DeploymentPlugin = Plugin | Plugin<GatewayContext> | GatewayPlugin;
