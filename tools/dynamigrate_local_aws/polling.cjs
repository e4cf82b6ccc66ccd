// The CDK CLI looks every five seconds whether a stack is done. On AWS that is often; here a stack takes milliseconds,
// and the wait would be most of each deploy. Preloaded into the CLI, this makes it look five times a second.
const wait = globalThis.setTimeout;
globalThis.setTimeout = Object.assign((callback, ms, ...rest) => wait(callback, ms === 5000 ? 200 : ms, ...rest), wait);
