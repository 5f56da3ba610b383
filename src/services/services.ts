/** The services that resolvers call for writes of several steps; composed in `app.ts`. */

/** One member for each service; each service's file says what it does. */
// biome-ignore lint/suspicious/noEmptyInterface: services join as their rooms are built
export interface Services {}
