//! Lists of customers: labels, and a file for each of them.

mod files;
mod labels;
mod world;
