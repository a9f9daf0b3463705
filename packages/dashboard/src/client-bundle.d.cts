/** What a browser loads, by its name, which changes with what it is. The build makes it of the folder `client`. */
export declare const files: Readonly<Record<string, { readonly type: string; readonly text: string }>>
