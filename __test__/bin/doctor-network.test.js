'use strict'

const { names } = require('../helpers/doctor')

names('names, TCP, TLS, and what is in between', require('./doctor/network'))
