throw new TypeError('this module\nis broken')
