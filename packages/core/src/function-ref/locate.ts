export interface LocatedFunction { readonly url: string }
