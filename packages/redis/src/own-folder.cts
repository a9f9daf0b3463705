// CommonJS, where alone a file can name its own folder in the same words for both builds: it lies among the ES modules.
/** The folder of this file; `undefined` where it was made part of a bundle of ES modules. */
const ownFolder: string | undefined = typeof __dirname === 'string' ? __dirname : undefined

// @ts-expect-error: no file but those of this name may export in the way of CommonJS.
export = ownFolder
